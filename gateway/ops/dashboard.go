package ops

import "encoding/json"

// The part of Grafana's dashboard model (schema version 42) that the dashboards use.
type (
	dashboard struct {
		UID           string     `json:"uid"`
		Title         string     `json:"title"`
		Description   string     `json:"description"`
		Tags          []string   `json:"tags"`
		SchemaVersion int        `json:"schemaVersion"`
		Version       int        `json:"version"`
		Editable      bool       `json:"editable"`
		Refresh       string     `json:"refresh"`
		Time          timeRange  `json:"time"`
		Templating    templating `json:"templating"`
		Panels        []panel    `json:"panels"`
	}
	timeRange struct {
		From string `json:"from"`
		To   string `json:"to"`
	}
	templating struct {
		List []variable `json:"list"`
	}
	variable struct {
		Name       string      `json:"name"`
		Label      string      `json:"label"`
		Type       string      `json:"type"`
		Query      string      `json:"query"`
		Datasource *datasource `json:"datasource,omitempty"`
		Multi      bool        `json:"multi"`
		IncludeAll bool        `json:"includeAll"`
		AllValue   string      `json:"allValue,omitempty"`
		Refresh    int         `json:"refresh"`
		Current    any         `json:"current"`
	}
	datasource struct {
		Type string `json:"type"`
		UID  string `json:"uid"`
	}
	panel struct {
		ID          int         `json:"id"`
		Type        string      `json:"type"`
		Title       string      `json:"title"`
		Description string      `json:"description"`
		Datasource  datasource  `json:"datasource"`
		GridPos     gridPos     `json:"gridPos"`
		Targets     []target    `json:"targets"`
		FieldConfig fieldConfig `json:"fieldConfig"`
		Options     any         `json:"options"`
	}
	gridPos struct {
		H int `json:"h"`
		W int `json:"w"`
		X int `json:"x"`
		Y int `json:"y"`
	}
	target struct {
		RefID        string     `json:"refId"`
		Datasource   datasource `json:"datasource"`
		Expr         string     `json:"expr"`
		LegendFormat string     `json:"legendFormat"`
		Instant      bool       `json:"instant"`
		Range        bool       `json:"range"`
	}
	fieldConfig struct {
		Defaults  fieldDefaults `json:"defaults"`
		Overrides []any         `json:"overrides"`
	}
	fieldDefaults struct {
		Unit     string         `json:"unit,omitempty"`
		Decimals *int           `json:"decimals,omitempty"`
		Min      *float64       `json:"min,omitempty"`
		Max      *float64       `json:"max,omitempty"`
		Mappings []valueMapping `json:"mappings,omitempty"`
	}
	valueMapping struct {
		Type    string                  `json:"type"`
		Options map[string]mappingValue `json:"options"`
	}
	mappingValue struct {
		Text  string `json:"text"`
		Color string `json:"color"`
		Index int    `json:"index"`
	}
)

var prometheus = datasource{Type: "prometheus", UID: "${datasource}"}

// A query is one line of a panel.
type query struct{ expr, legend string }

// A view is a panel before it has a place.
type view struct {
	kind, title, help, unit string
	w, h                    int
	queries                 []query
	mappings                *valueMapping // show as coloured states; nil: as numbers
}

// build places the views in rows of 24 columns, in order.
func build(uid, title, help string, vars []variable, views []view) dashboard {
	d := dashboard{
		UID: uid, Title: title, Description: help, Tags: []string{"tipring"}, SchemaVersion: 42, Version: 1,
		Refresh: "10s", Time: timeRange{"now-1h", "now"},
	}
	d.Templating.List = append([]variable{{
		Name: "datasource", Label: "Data source", Type: "datasource", Query: "prometheus", Refresh: 1, Current: struct{}{},
	}}, vars...)
	x, y, rowH := 0, 0, 0
	for i, v := range views {
		if x+v.w > 24 {
			x, y, rowH = 0, y+rowH, 0
		}
		p := panel{
			ID: i + 1, Type: v.kind, Title: v.title, Description: v.help, Datasource: prometheus,
			GridPos: gridPos{H: v.h, W: v.w, X: x, Y: y}, Options: struct{}{},
			FieldConfig: fieldConfig{Defaults: fieldDefaults{Unit: v.unit}, Overrides: []any{}},
		}
		if v.mappings != nil {
			p.FieldConfig.Defaults.Mappings = []valueMapping{*v.mappings}
		}
		for j, q := range v.queries {
			p.Targets = append(p.Targets, target{
				RefID: string(rune('A' + j)), Datasource: prometheus, Expr: q.expr, LegendFormat: q.legend,
				Instant: instant(v.kind), Range: !instant(v.kind),
			})
		}
		d.Panels = append(d.Panels, p)
		x, rowH = x+v.w, max(rowH, v.h)
	}
	return d
}

// instant says whether a kind of panel shows the values of a moment.
func instant(kind string) bool { return kind == "stat" || kind == "table" || kind == "bargauge" }

func labelValues(name, label, query string) variable {
	return variable{
		Name: name, Label: label, Type: "query", Query: query, Datasource: &prometheus, Multi: true, IncludeAll: true,
		AllValue: ".*", Refresh: 2, Current: map[string]any{"text": "All", "value": "$__all"},
	}
}

func (d dashboard) json() []byte {
	b, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		panic(err) // structs of strings and numbers
	}
	return append(b, '\n')
}
