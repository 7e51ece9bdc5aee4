//! S3's error codes: docs/facts-s3.md#error-codes. A message is S3's own where it says so, ours
//! elsewhere.

use hyper::StatusCode;

codes! {
    MOVED_PERMANENTLY {
        PermanentRedirect: "The bucket must be addressed by another endpoint.",
        PermanentRedirectControlError: "The operation must be sent to another endpoint.",
    }
    NOT_MODIFIED {
        NotModified: "The object has not changed.",
    }
    TEMPORARY_REDIRECT {
        Redirect: "Send this request to another endpoint for now.",
        TemporaryRedirect: "Send this request to another endpoint while the bucket is being set up.",
    }
    BAD_REQUEST {
        AccessControlListNotSupported: "The bucket does not allow access control lists.",
        AmbiguousGrantByEmailAddress: "The e-mail address belongs to more than one account.",
        AuthorizationHeaderMalformed: "The Authorization header is malformed.",
        // S3's words, of the many that this code has
        AuthorizationQueryParametersError: "Query-string authentication version 4 requires the X-Amz-Algorithm, \
            X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.",
        BadDigest: "The Content-MD5 you specified did not match what we received.", // S3's words
        BadRequest: "The request is malformed.",
        BucketHasAccessPointsAttached: "The bucket has access points and cannot be deleted.",
        ConnectionClosedByRequester: "The client closed the connection before its request was complete.",
        CredentialsNotSupported: "This request does not take credentials.",
        DeviceNotActiveError: "The device is not active.",
        EndpointNotFound: "The endpoint does not exist.",
        EntityTooLarge: "Your proposed upload exceeds the maximum allowed size", // S3's words
        EntityTooSmall: "The upload is smaller than the least that is allowed.",
        ExpiredToken: "The provided token has expired.", // S3's words
        IllegalLocationConstraintException: "This endpoint does not serve the bucket's region.",
        IllegalVersioningConfigurationException: "The versioning configuration is not valid.",
        IncompleteBody: "The request body terminated unexpectedly", // S3's words
        IncorrectEndpoint: "The bucket is in another region than this endpoint.",
        IncorrectNumberOfFilesInPostRequest: "A POST must have exactly one file.",
        InlineDataTooLarge: "The inline data is larger than is allowed.",
        InvalidAccessPoint: "The access point is not valid.",
        InvalidAccessPointAliasError: "The access point's alias is not valid.",
        InvalidArgument: "An argument of the request is not valid.",
        InvalidBucketAclWithObjectOwnership: "The bucket's access control list and object ownership do not go together.",
        InvalidBucketName: "The bucket's name is not valid.",
        InvalidBucketOwnerAWSAccountID: "The id of the bucket owner's account is not valid.",
        InvalidDigest: "The Content-MD5 you specified was invalid.", // S3's words
        InvalidEncryptionAlgorithmError: "The encryption algorithm does not exist.",
        InvalidHostHeader: "The Host header is not valid.",
        InvalidHttpMethod: "The HTTP method is not valid here.",
        InvalidLocationConstraint: "The region is not valid for a bucket.",
        InvalidPart: "A part of the upload is missing or has another ETag.",
        InvalidPartOrder: "The parts of the upload are not in order.",
        InvalidPolicyDocument: "The policy document is not valid.",
        InvalidRequest: "The request is not valid.",
        InvalidSOAPRequest: "The SOAP request is not valid.",
        InvalidSessionException: "The session is not valid any more.",
        InvalidSignature: "The signature is not valid.",
        InvalidStorageClass: "The storage class does not exist.",
        InvalidTag: "A tag is not valid.",
        InvalidTargetBucketForLogging: "The bucket that the logs should go to does not take them.",
        InvalidToken: "The provided token is malformed or otherwise invalid.", // S3's words
        InvalidURI: "Couldn't parse the specified URI.", // S3's words
        KmsDisabledException as "KMS.DisabledException": "The encryption key is disabled.",
        KmsInvalidKeyUsageException as "KMS.InvalidKeyUsageException": "The encryption key is not for this use.",
        KmsInvalidStateException as "KMS.KMSInvalidStateException": "The encryption key's state does not allow this.",
        KmsNotFoundException as "KMS.NotFoundException": "The encryption key does not exist.",
        KeyTooLongError: "Your key is too long", // S3's words
        MalformedACLError: "The access control list is malformed.",
        MalformedPOSTRequest: "The body of the POST is not well-formed multipart/form-data.",
        MalformedPolicy: "The policy is malformed.",
        MalformedXML: "The XML is malformed or not valid for this request.",
        MaxMessageLengthExceeded: "The request is too large.",
        MaxPostPreDataLengthExceededError: "The fields before the file of the POST are too large.",
        MetadataTooLarge: "Your metadata headers exceed the maximum allowed metadata size", // S3's words
        MissingAttachment: "The SOAP request has no attachment.",
        MissingRequestBodyError: "The request has no body.",
        MissingSecurityElement: "The SOAP request has no security element.",
        MissingSecurityHeader: "A security header is missing.",
        NoLoggingStatusForKey: "A key has no logging status.",
        NotDeviceOwnerError: "The device belongs to another account.",
        RequestHeaderSectionTooLarge: "Your request header section exceeds the maximum allowed size.", // S3's words
        // S3's words
        RequestTimeout: "Your socket connection to the server was not read from or written to within the timeout \
            period. Idle connections will be closed.",
        RequestTorrentOfBucketError: "A bucket has no torrent file.",
        ResponseInterrupted: "The response was interrupted.",
        ServerSideEncryptionConfigurationNotFoundError: "The bucket has no encryption configuration.",
        TagPolicyException: "The tags break a tag policy.",
        TokenCodeInvalidError: "The token's serial number or code is not valid.",
        TokenRefreshRequired: "The token must be renewed.",
        TooManyAccessPoints: "The account has as many access points as it may have.",
        TooManyBuckets: "The account has as many buckets as it may have.",
        TooManyMultiRegionAccessPointregionsError: "The multi-region access point has more regions than it may have.",
        TooManyMultiRegionAccessPoints: "The account has as many multi-region access points as it may have.",
        UnexpectedContent: "This request takes no content.",
        UnresolvableGrantByEmailAddress: "The e-mail address belongs to no account.",
        UnsupportedArgument: "An argument of the request is not supported.",
        UnsupportedSignature: "The signature is of a version that is not supported.",
        UserKeyMustBeSpecified: "The POST has no field `key`, or one without content.",
    }
    FORBIDDEN {
        AccessDenied: "Access Denied", // S3's words
        AccessForbidden: "CORSResponse: CORS is not enabled for this bucket.", // S3's words
        AccountProblem: "A problem with the account keeps the operation from completing.",
        AllAccessDisabled: "All access to this resource is disabled.",
        CrossLocationLoggingProhibited: "Logs cannot go to a bucket in another region.",
        InvalidAccessKeyId: "The AWS Access Key Id you provided does not exist in our records.", // S3's words
        InvalidObjectState: "The object's storage class or state does not allow this.",
        InvalidPayer: "The account that should pay is not valid.",
        InvalidRegion: "The region is not valid.",
        InvalidSecurity: "The security credentials are not valid.",
        MissingAuthenticationToken: "The request carries no authentication.",
        NotSignedUp: "The account is not signed up for S3.",
        RequestTimeTooSkewed: "The difference between the request time and the current time is too large.", // S3's words
        // S3's words
        SignatureDoesNotMatch: "The request signature we calculated does not match the signature you provided. Check \
            your key and signing method.",
        UnauthorizedAccessError: "The account may not use this region.",
        UnexpectedIPError: "The request came from an IP address that is not allowed.",
    }
    NOT_FOUND {
        NoSuchAccessPoint: "The access point does not exist.",
        NoSuchAsyncRequest: "The asynchronous request does not exist.",
        NoSuchBucket: "The specified bucket does not exist", // S3's words
        NoSuchBucketPolicy: "The bucket has no policy.",
        NoSuchCORSConfiguration: "The bucket has no CORS configuration.",
        NoSuchKey: "The specified key does not exist.", // S3's words
        NoSuchLifecycleConfiguration: "The bucket has no lifecycle configuration.",
        NoSuchMultiRegionAccessPoint: "The multi-region access point does not exist.",
        NoSuchObjectLockConfiguration: "The object has no lock configuration.",
        NoSuchTagSet: "The bucket has no tags.",
        NoSuchUpload: "The multipart upload does not exist; it may have been aborted or completed.",
        NoSuchVersion: "The version of the object does not exist.",
        NoSuchWebsiteConfiguration: "The bucket has no website configuration.",
        NoTransformationDefined: "The access point has no transformation.",
        ObjectLockConfigurationNotFoundError: "The bucket has no object lock configuration.",
        OwnershipControlsNotFoundError: "The bucket has no ownership controls.",
    }
    METHOD_NOT_ALLOWED {
        MethodNotAllowed: "The specified method is not allowed against this resource.", // S3's words
    }
    CONFLICT {
        AccessPointAlreadyOwnedByYou: "You have an access point with this name already.",
        BucketAlreadyExists: "A bucket with this name exists already.",
        BucketAlreadyOwnedByYou: "You have a bucket with this name already.",
        BucketNotEmpty: "The bucket is not empty.",
        ClientTokenConflict: "The client token was used for another request already.",
        ConditionalRequestConflict: "Another request for the same key was completed first. Please try again.",
        InvalidBucketState: "The bucket's state does not allow this.",
        OperationAborted: "A conflicting conditional operation is currently in progress against this resource. Please \
            try again.",
        RestoreAlreadyInProgress: "The object is being restored already.",
    }
    LENGTH_REQUIRED {
        MissingContentLength: "You must provide the Content-Length HTTP header.", // S3's words
    }
    PRECONDITION_FAILED {
        PreconditionFailed: "At least one of the pre-conditions you specified did not hold", // S3's words
        RequestIsNotMultiPartContent: "The body of the POST must be multipart/form-data.",
    }
    RANGE_NOT_SATISFIABLE {
        InvalidRange: "The requested range is outside the object.",
    }
    INTERNAL_SERVER_ERROR {
        InternalError: "We encountered an internal error. Please try again.",
    }
    NOT_IMPLEMENTED {
        NotImplemented: "A header you provided implies functionality that is not implemented", // S3's words
    }
    SERVICE_UNAVAILABLE {
        ServiceUnavailable: "The service is unavailable for now. Please try again.",
        SlowDown: "Please reduce your request rate.", // S3's words
    }
}
