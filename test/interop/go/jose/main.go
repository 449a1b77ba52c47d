// Verifies the JWTs of an OpenID issuer with go-oidc, and signs others with go-jose. It reads a request from its
// standard input and writes the answer to its standard output, both JSON.
package main

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"os"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

type request struct {
	Verify *struct {
		Issuer   string   `json:"issuer"`
		Audience string   `json:"audience"`
		Tokens   []string `json:"tokens"`
	} `json:"verify"`
	Sign *struct {
		Algorithm string           `json:"algorithm"`
		KeyID     string           `json:"keyId"`
		Claims    []map[string]any `json:"claims"`
	} `json:"sign"`
}

type verdict struct {
	Claims map[string]any `json:"claims,omitempty"`
	Error  string         `json:"error,omitempty"`
}

type signed struct {
	Keys   jose.JSONWebKeySet `json:"keys"`
	Tokens []string           `json:"tokens"`
}

func main() {
	answer, err := run()
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(answer)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() (any, error) {
	var asked request
	if err := json.NewDecoder(os.Stdin).Decode(&asked); err != nil {
		return nil, err
	}
	if asked.Verify != nil {
		return verify(asked.Verify.Issuer, asked.Verify.Audience, asked.Verify.Tokens)
	}
	return sign(asked.Sign.Algorithm, asked.Sign.KeyID, asked.Sign.Claims)
}

func verify(issuer, audience string, tokens []string) ([]verdict, error) {
	ctx := context.Background()
	provider, err := oidc.NewProvider(ctx, issuer)
	if err != nil {
		return nil, err
	}
	verifier := provider.Verifier(&oidc.Config{ClientID: audience})
	verdicts := make([]verdict, len(tokens))
	for i, token := range tokens {
		verified, err := verifier.Verify(ctx, token)
		if err == nil {
			err = verified.Claims(&verdicts[i].Claims)
		}
		if err != nil {
			verdicts[i] = verdict{Error: err.Error()}
		}
	}
	return verdicts, nil
}

func sign(algorithm, keyID string, claims []map[string]any) (*signed, error) {
	key, err := newKey(algorithm)
	if err != nil {
		return nil, err
	}
	private := jose.JSONWebKey{Key: key, KeyID: keyID, Algorithm: algorithm, Use: "sig"}
	signer, err := jose.NewSigner(
		jose.SigningKey{Algorithm: jose.SignatureAlgorithm(algorithm), Key: private},
		(&jose.SignerOptions{}).WithType("JWT"),
	)
	if err != nil {
		return nil, err
	}
	answer := &signed{Keys: jose.JSONWebKeySet{Keys: []jose.JSONWebKey{private.Public()}}}
	for _, one := range claims {
		token, err := jwt.Signed(signer).Claims(one).Serialize()
		if err != nil {
			return nil, err
		}
		answer.Tokens = append(answer.Tokens, token)
	}
	return answer, nil
}

func newKey(algorithm string) (crypto.Signer, error) {
	switch algorithm {
	case "RS256":
		return rsa.GenerateKey(rand.Reader, 2048)
	case "ES384":
		return ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	}
	return nil, fmt.Errorf("no keys for %s", algorithm)
}
