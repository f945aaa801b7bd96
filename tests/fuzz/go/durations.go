package main

import (
	"encoding/json"
	"strconv"
	"time"
)

func init() { courts["duration"] = judgeDuration }

type durationAnswer struct {
	OK     bool   `json:"ok"`
	Error  []byte `json:"error,omitempty"`
	NS     string `json:"ns"`
	Output []byte `json:"output"`
}

// judgeDuration reads a duration and writes it again.
func judgeDuration(raw json.RawMessage) any {
	var question struct{ Input []byte }
	if err := json.Unmarshal(raw, &question); err != nil {
		return durationAnswer{Error: []byte(err.Error())}
	}
	duration, err := time.ParseDuration(string(question.Input))
	if err != nil {
		return durationAnswer{Error: []byte(err.Error())}
	}
	return durationAnswer{OK: true, NS: strconv.FormatInt(int64(duration), 10), Output: []byte(duration.String())}
}
