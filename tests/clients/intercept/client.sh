# Uploads with curl, to the URL of production. `MD5` replaces the right Content-MD5.
set -e
answer=$(curl -fsS https://production.runalloy.com/connectors/files/upload/request \
  -H "Authorization: Bearer $ALLOY_API_KEY" -H 'x-api-version: 2025-09' -H 'Content-Type: application/json' \
  -d '{"filename":"a.txt","mimeType":"text/plain","md5":"XUFAKrxLKna5cZ2REBfFkg=="}')
url=$(printf %s "$answer" | sed 's/.*"presignedUrl":"\(https[^"]*\)".*/\1/')
case $url in https://alloy-user-files.s3.us-east-1.amazonaws.com/*) ;; *) echo "$url" >&2; exit 1 ;; esac
printf hello | curl -fsS -T - -H 'Content-Length: 5' -H 'Transfer-Encoding:' \
  -H "Content-MD5: ${MD5:-XUFAKrxLKna5cZ2REBfFkg==}" -H 'Content-Type: text/plain' "$url"
