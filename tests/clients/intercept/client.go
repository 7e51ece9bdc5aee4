// Uploads with net/http, to the URL of production. `MD5` replaces the right Content-MD5.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
)

const md5 = "XUFAKrxLKna5cZ2REBfFkg==" // of "hello"

func send(method, url, body string, headers map[string]string) []byte {
	request, err := http.NewRequest(method, url, bytes.NewBufferString(body))
	check(err)
	for name, value := range headers {
		request.Header.Set(name, value)
	}
	answer, err := http.DefaultClient.Do(request)
	check(err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	check(err)
	if answer.StatusCode != 200 {
		check(fmt.Errorf("%d: %s", answer.StatusCode, text))
	}
	return text
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	request := fmt.Sprintf(`{"filename": "a.txt", "mimeType": "text/plain", "md5": "%s"}`, md5)
	text := send("POST", "https://production.runalloy.com/connectors/files/upload/request", request, map[string]string{
		"Authorization": "Bearer " + os.Getenv("ALLOY_API_KEY"),
		"x-api-version": "2025-09",
		"Content-Type":  "application/json",
	})
	var answer struct {
		PresignedUrl struct{ PresignedUrl string }
	}
	check(json.Unmarshal(text, &answer))
	url := answer.PresignedUrl.PresignedUrl
	if !strings.HasPrefix(url, "https://alloy-user-files.s3.us-east-1.amazonaws.com/") {
		check(fmt.Errorf("unexpected URL %s", url))
	}
	sent := os.Getenv("MD5")
	if sent == "" {
		sent = md5
	}
	send("PUT", url, "hello", map[string]string{"Content-MD5": sent, "Content-Type": "text/plain"})
}
