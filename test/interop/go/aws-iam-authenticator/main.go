// Says of each token what the verifier of aws-iam-authenticator makes of it before anybody is asked: that it refuses it,
// and why, or the request that it would send to STS. It reads tokens from its standard input, a JSON string a line, and
// writes an answer for each to its standard output, a JSON object a line. Its arguments are the cluster ID, the partition
// and the region. It sends nothing.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"sigs.k8s.io/aws-iam-authenticator/pkg/token"
)

type answer struct {
	// When the token had been verified, in milliseconds since the epoch, rounded up: never before the verifier looked at its clock.
	At int64 `json:"at"`
	// Why it was refused, without anything of the token; absent where STS would be asked.
	Refused string `json:"refused,omitempty"`
	// What STS would be sent.
	URL     string            `json:"url,omitempty"`
	Host    string            `json:"host,omitempty"`
	Headers map[string]string `json:"headers,omitempty"`
}

// The messages of the reference by how they begin; what follows may repeat the token. Whatever else it says is "other".
var classes = []string{
	"token is too large",
	"token is missing expected",
	"illegal base64 data",
	"parse ",
	"unexpected scheme",
	"could not parse region",
	"global endpoint unsupported",
	"invalid region identifier",
	"unexpected hostname",
	"invalid host format",
	"partition {",
	"unexpected path",
	"malformed query parameter",
	"duplicate query parameter",
	"non-whitelisted query parameter",
	"query parameter with multiple values",
	"unexpected action parameter",
	"client did not sign",
	"invalid X-Amz-Expires",
	"X-Amz-Date parameter must be present",
	"error parsing X-Amz-Date",
	"X-Amz-Date parameter is expired",
	"error creating HTTP request",
}

var errNotSent = errors.New("not sent")

// catcher is in the place of the network.
type catcher struct{ request *http.Request }

func (c *catcher) RoundTrip(request *http.Request) (*http.Response, error) {
	c.request = request
	return nil, errNotSent
}

func main() {
	if err := run(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(clusterID, partition, region string) error {
	network := &catcher{}
	http.DefaultTransport = network
	verifier := token.NewVerifier(clusterID, partition, region)
	lines := bufio.NewReaderSize(os.Stdin, 1<<20)
	output := bufio.NewWriterSize(os.Stdout, 1<<20)
	answers := json.NewEncoder(output)
	answers.SetEscapeHTML(false)
	for {
		line, err := lines.ReadBytes('\n')
		if err == io.EOF {
			return output.Flush()
		}
		if err != nil {
			return err
		}
		var text string
		if err := json.Unmarshal(line, &text); err != nil {
			return err
		}
		if err := answers.Encode(judge(verifier, network, text)); err != nil {
			return err
		}
		// Whoever asks waits for what it asked so far.
		if lines.Buffered() == 0 {
			if err := output.Flush(); err != nil {
				return err
			}
		}
	}
}

func judge(verifier token.Verifier, network *catcher, text string) (said answer) {
	network.request = nil
	_, err := verifier.Verify(text)
	said.At = time.Now().UnixMilli() + 1
	sent := network.request
	if sent == nil {
		said.Refused = classOf(err)
		return said
	}
	said.URL, said.Host, said.Headers = sent.URL.String(), sent.Host, map[string]string{}
	for name, values := range sent.Header {
		said.Headers[strings.ToLower(name)] = strings.Join(values, ", ")
	}
	return said
}

func classOf(err error) string {
	message := strings.TrimPrefix(err.Error(), token.FormatError{}.Error())
	for _, class := range classes {
		if strings.HasPrefix(message, class) {
			return strings.TrimSpace(class)
		}
	}
	return "other"
}
