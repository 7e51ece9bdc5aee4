#!/bin/sh
# Uploads a file through Alloy's file API with curl (7.76 or newer), jq and openssl.
#
#   sh upload.sh FILE            uploads FILE; prints `new` or `existing`, then its s3Key
#   sh upload.sh --put URL FILE  uploads FILE to a presigned URL that was asked for elsewhere
#   sh upload.sh --list          prints the s3Key and the size of every file
#   sh upload.sh --delete S3KEY  deletes a file
#
# ALLOY_BASE_URL and ALLOY_API_KEY must be set; ALLOY_USER_ID, ALLOY_FILENAME and ALLOY_MIME_TYPE may be.
set -eu

mime_type=${ALLOY_MIME_TYPE:-application/octet-stream}

# alloy METHOD PATH [further options of curl]
alloy() {
    method=$1 path=$2
    shift 2
    accepted --request "$method" "$ALLOY_BASE_URL$path" \
        --header "Authorization: Bearer $ALLOY_API_KEY" \
        --header 'x-api-version: 2025-09' \
        ${ALLOY_USER_ID:+--header "x-alloy-userid: $ALLOY_USER_ID"} \
        "$@"
}

# put URL FILE MD5
put() {
    accepted --upload-file "$2" "$1" \
        --header "Content-Type: $mime_type" \
        --header "Content-MD5: $3" >/dev/null
}

# Prints the answer's body; that of a refusal says why (JSON from Alloy, XML from S3) and goes to stderr.
accepted() (
    if ! answer=$(curl --silent --show-error --fail-with-body "$@"); then
        printf '%s\n' "$answer" >&2
        exit 1
    fi
    printf '%s\n' "$answer"
)

md5_of() {
    openssl dgst -md5 -binary <"$1" | base64
}

upload() {
    request=$(jq --null-input --arg filename "${ALLOY_FILENAME:-$(basename -- "$1")}" \
        --arg mimeType "$mime_type" --arg md5 "$(md5_of "$1")" '$ARGS.named')
    answer=$(alloy POST /connectors/files/upload/request \
        --header 'Content-Type: application/json' --data-raw "$request")
    field() { printf '%s' "$answer" | jq --raw-output ".presignedUrl.$1"; }
    # `existing`: these bytes are there already, under this key.
    if [ "$(field type)" = new ]; then
        put "$(field presignedUrl)" "$1" "$(field md5)"
    fi
    field type
    field s3Key
}

list() {
    answer=$(alloy GET /connectors/files/list)
    printf '%s' "$answer" | jq --raw-output '.files[] | "\(.s3Key) \(.size)"'
}

case $1 in
--list) list ;;
--delete) alloy DELETE "/connectors/files/$2" >/dev/null ;;
--put) put "$2" "$3" "$(md5_of "$3")" ;;
*) upload "$1" ;;
esac
