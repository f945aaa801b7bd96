// Judge answers one question a line: what does Go itself make of this template?
//
// A question is a JSON object whose "kind" names one of the courts; the answer is
// a JSON object on a line of its own.
package main

import (
	"bufio"
	"encoding/json"
	"log"
	"os"
)

// courts has what answers each kind of question.
var courts = map[string]func(json.RawMessage) any{
	"template": judgeTemplate,
}

func main() {
	questions := bufio.NewScanner(os.Stdin)
	questions.Buffer(make([]byte, 1<<20), 1<<26)
	answers := bufio.NewWriter(os.Stdout)
	defer answers.Flush()
	for questions.Scan() {
		var question struct{ Kind string }
		if err := json.Unmarshal(questions.Bytes(), &question); err != nil {
			log.Fatal(err)
		}
		court, known := courts[question.Kind]
		if !known {
			log.Fatalf("no court for %q", question.Kind)
		}
		answer, err := json.Marshal(court(questions.Bytes()))
		if err != nil {
			log.Fatal(err)
		}
		answers.Write(append(answer, '\n'))
	}
	if err := questions.Err(); err != nil {
		log.Fatal(err)
	}
}
