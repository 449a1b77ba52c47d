#!/bin/sh
# A caller with the AWS CLI, curl and openssl: reads orders and places one.
#
#     sh orders.sh
#
# No token is on a command line, where everybody on the machine could read it.
set -eu

audience=https://orders.example.com
region=${AWS_REGION:-eu-west-1}

# Signs an audience; prints the header that goes with it. The audience is a file for the AWS CLI, since version 1 of it takes
# a parameter that begins with https:// for a page to fetch: it would sign whatever that says.
authorization() {
  token=$(printf %s "$1" | aws eks get-token --cluster-name file:///dev/stdin --region "$region" \
    --output text --query status.token)
  printf 'authorization: Bearer %s\n' "$token"
}

base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }
sha256() { openssl dgst -sha256 -binary | base64url; }

# A token for many requests: it is the same for all of them, until it ends.
header=$(authorization "$audience")
printf '%s\n' "$header" | curl -sS --fail-with-body -H @- "$audience/orders"
echo

# A token for this request alone, which is good once: the method, the URL and the body's digest, a line each, are digested
# and stand behind the audience, and so does a nonce, which is sent beside the token.
url=$audience/orders
body='{"item":"tea"}'
digest=$(printf '%s\n%s\n%s' POST "$url" "$(printf %s "$body" | sha256)" | sha256)
nonce=$(openssl rand 16 | base64url)

header=$(authorization "$audience#$digest#$nonce")
printf '%s\n' "$header" |
  curl -sS --fail-with-body -H @- -H "callerid-nonce: $nonce" --data-raw "$body" "$url"
echo
