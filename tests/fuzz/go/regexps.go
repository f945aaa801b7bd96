package main

import (
	"encoding/json"
	"regexp"
)

func init() { courts["regexp"] = judgeRegexp }

type regexpQuestion struct {
	Source, Target, Input []byte
}

type regexpAnswer struct {
	OK      bool       `json:"ok"`
	Error   []byte     `json:"error,omitempty"`
	Output  []byte     `json:"output"`
	Literal []byte     `json:"literal"`
	Search  bool       `json:"search"`
	All     [][]byte   `json:"all"`
	Splits  [][][]byte `json:"splits"`
}

// judgeRegexp does to an input all that templates and rewrites can do by an expression.
func judgeRegexp(raw json.RawMessage) any {
	var question regexpQuestion
	if err := json.Unmarshal(raw, &question); err != nil {
		return regexpAnswer{Error: []byte(err.Error())}
	}
	pattern, err := regexp.Compile(string(question.Source))
	if err != nil {
		return regexpAnswer{Error: []byte(err.Error())}
	}
	answer := regexpAnswer{
		OK:      true,
		Output:  pattern.ReplaceAll(question.Input, question.Target),
		Literal: pattern.ReplaceAllLiteral(question.Input, question.Target),
		Search:  pattern.Match(question.Input),
		All:     pattern.FindAll(question.Input, -1),
	}
	for _, limit := range []int{-1, 2} {
		pieces := [][]byte{}
		for _, piece := range pattern.Split(string(question.Input), limit) {
			pieces = append(pieces, []byte(piece))
		}
		answer.Splits = append(answer.Splits, pieces)
	}
	return answer
}
