package main

import (
	"encoding/json"

	"github.com/tidwall/gjson"
)

func init() { courts["gjson"] = judgePath }

type pathAnswer struct {
	OK     bool   `json:"ok"`
	Exists bool   `json:"exists"`
	Type   string `json:"type"`
	Raw    []byte `json:"raw"`
	String []byte `json:"string"`
}

// judgePath looks a path up; a path that makes gjson panic finds nothing.
func judgePath(raw json.RawMessage) (answer any) {
	defer func() {
		if recover() != nil {
			answer = pathAnswer{}
		}
	}()
	var question struct{ JSON, Path []byte }
	if err := json.Unmarshal(raw, &question); err != nil {
		return pathAnswer{}
	}
	found := gjson.Get(string(question.JSON), string(question.Path))
	return pathAnswer{
		OK:     true,
		Exists: found.Exists(),
		Type:   found.Type.String(),
		Raw:    []byte(found.Raw),
		String: []byte(found.String()),
	}
}
