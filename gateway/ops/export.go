package ops

import (
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

//go:embed grafana prometheus
var files embed.FS

// Files is the tree that Export writes: grafana/dashboards, grafana/provisioning and prometheus.
func Files() fs.FS { return files }

// Export writes all files below dir, which is made when it is missing. It overwrites files of the same name.
func Export(dir string) error {
	return fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		to := filepath.Join(dir, filepath.FromSlash(name))
		if d.IsDir() {
			return os.MkdirAll(to, 0o755)
		}
		b, err := files.ReadFile(name)
		if err != nil {
			return err
		}
		if err := os.WriteFile(to, b, 0o644); err != nil {
			return fmt.Errorf("write dashboard files: %w", err)
		}
		return nil
	})
}
