package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"log"
	"text/template"
	"time"

	"github.com/Masterminds/sprig/v3"
)

// absent are functions that read the environment or the network, which templates must not.
var absent = []string{"env", "expandenv", "getHostByName"}

type templateQuestion struct {
	Template   []byte
	Data       map[string]string
	MissingKey string
	Left       string
	Right      string
}

type templateAnswer struct {
	OK     bool   `json:"ok"`
	Output []byte `json:"output"`
	Stage  string `json:"stage,omitempty"`
	Error  []byte `json:"error,omitempty"`
}

func judgeTemplate(line json.RawMessage) any {
	var question templateQuestion
	if err := json.Unmarshal(line, &question); err != nil {
		log.Fatal(err)
	}
	parsed, err := template.New("tpl").
		Option("missingkey="+question.MissingKey).
		Delims(question.Left, question.Right).
		Funcs(functions()).
		Parse(string(question.Template))
	if err != nil {
		return templateAnswer{Stage: "parse", Error: []byte(err.Error())}
	}
	done := make(chan templateAnswer, 1)
	go func() { done <- execute(parsed, question.Data) }()
	select {
	case answer := <-done:
		return answer
	case <-time.After(patience):
		return templateAnswer{Stage: "exec", Error: []byte("it takes too long")}
	}
}

func execute(parsed *template.Template, data any) templateAnswer {
	var output bounded
	if err := parsed.Execute(&output, data); err != nil {
		return templateAnswer{Stage: "exec", Error: []byte(err.Error())}
	}
	return templateAnswer{OK: true, Output: output.Bytes()}
}

// functions are sprig's, without those that templates must not have, and with
// bounds on those that could take all memory.
func functions() template.FuncMap {
	all := sprig.TxtFuncMap()
	for _, name := range absent {
		delete(all, name)
	}
	repeat := all["repeat"].(func(int, string) string)
	all["repeat"] = func(count int, text string) string {
		atMost(count * len(text))
		return repeat(count, text)
	}
	until := all["until"].(func(int) []int)
	all["until"] = func(count int) []int {
		atMost(count)
		return until(count)
	}
	untilStep := all["untilStep"].(func(int, int, int) []int)
	all["untilStep"] = func(start, stop, step int) []int {
		if step != 0 {
			atMost((stop - start) / step)
		}
		return untilStep(start, stop, step)
	}
	for _, name := range []string{"indent", "nindent"} {
		indent := all[name].(func(int, string) string)
		all[name] = func(spaces int, text string) string {
			atMost(spaces)
			return indent(spaces, text)
		}
	}
	delete(all, "seq") // has no bound that could be told beforehand
	return all
}

const (
	most     = 4 << 20
	patience = 5 * time.Second
)

func atMost(size int) {
	if size > most {
		panic("it makes too much")
	}
}

// bounded is output of at most so many bytes.
type bounded struct{ bytes.Buffer }

func (b *bounded) Write(p []byte) (int, error) {
	if b.Len()+len(p) > most {
		return 0, errors.New("it writes too much")
	}
	return b.Buffer.Write(p)
}
