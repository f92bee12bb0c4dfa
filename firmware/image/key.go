package image

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
)

// Generate writes a new key pair: name.key, readable by its owner alone, and name.pub. It overwrites neither. The files are
// PEM with PKCS #8 and PKIX inside (RFC 8410), as openssl reads and writes them.
func Generate(name string) (KeyID, error) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return KeyID{}, err
	}
	key, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return KeyID{}, err
	}
	pub, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return KeyID{}, err
	}
	if err := write(name+".key", 0o600, "PRIVATE KEY", key); err != nil {
		return KeyID{}, err
	}
	if err := write(name+".pub", 0o644, "PUBLIC KEY", pub); err != nil {
		return KeyID{}, errors.Join(err, os.Remove(name+".key"))
	}
	return ID(public), nil
}

func write(path string, mode os.FileMode, kind string, der []byte) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	err = pem.Encode(f, &pem.Block{Type: kind, Bytes: der})
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

func read(path, kind string) ([]byte, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, rest := pem.Decode(data)
	if block == nil || block.Type != kind || len(rest) > 0 {
		return nil, fmt.Errorf("%s is no PEM file with one %s", path, kind)
	}
	return block.Bytes, nil
}

// PrivateKey reads a .key file. One that others may read is refused.
func PrivateKey(path string) (ed25519.PrivateKey, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s can be read by others (mode %v): chmod 600 it", path, info.Mode().Perm())
	}
	der, err := read(path, "PRIVATE KEY")
	if err != nil {
		return nil, err
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	k, ok := key.(ed25519.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("%s is no Ed25519 key", path)
	}
	return k, nil
}

// PublicKey reads a .pub file.
func PublicKey(path string) (ed25519.PublicKey, error) {
	der, err := read(path, "PUBLIC KEY")
	if err != nil {
		return nil, err
	}
	key, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	k, ok := key.(ed25519.PublicKey)
	if !ok {
		return nil, fmt.Errorf("%s is no Ed25519 key", path)
	}
	return k, nil
}
