# Uploads from a page in a headless Chromium, whose flags a user sets like this: a server asks for the URL, the page
# sends the file. `MD5` replaces the right Content-MD5.
# Usage: chromium.sh PROGRAM FOLDER
set -e
answer=$(curl -fsS https://production.runalloy.com/connectors/files/upload/request \
  -H "Authorization: Bearer $ALLOY_API_KEY" -H 'x-api-version: 2025-09' -H 'Content-Type: application/json' \
  -d '{"filename":"a.txt","mimeType":"text/plain","md5":"XUFAKrxLKna5cZ2REBfFkg=="}')
url=$(printf %s "$answer" | sed 's/.*"presignedUrl":"\(https[^"]*\)".*/\1/')
cat > "$2/page.html" <<END
<!doctype html>
<script>
  const request = new XMLHttpRequest();
  request.open("PUT", "$url", false);
  request.setRequestHeader("Content-MD5", "${MD5:-XUFAKrxLKna5cZ2REBfFkg==}");
  request.setRequestHeader("Content-Type", "text/plain");
  try { request.send("hello"); } catch (error) { document.write(error); }
  document.write("status " + request.status);
</script>
END
sandbox=
[ "$(id -u)" -ne 0 ] || sandbox=--no-sandbox
export TMPDIR="$2"
page=$("$1" --headless --disable-gpu --disable-dev-shm-usage --no-first-run --disable-background-networking \
  --disable-component-update --disable-sync $sandbox --user-data-dir="$2/profile" \
  --proxy-server="$HTTPS_PROXY" --ignore-certificate-errors-spki-list="$ASSAY_CA_SPKI" \
  --dump-dom "file://$2/page.html" 2>"$2/log.txt") || { cat "$2/log.txt" >&2; exit 1; }
case $page in *'status 200'*) ;; *) echo "$page" >&2; exit 1 ;; esac
