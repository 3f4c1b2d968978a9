//! What the crate reports, as a category, and in words for the reader. Its own are often wrong: a refused connection is
//! called a validation error.

use std::error::Error as _;

use minio::s3::error::{Error, NetworkError, S3ServerError, ValidationErr};
use minio::s3::minio_error_response::MinioErrorResponse;

use crate::ports::{StoreError, StoreErrorKind as Kind};

/// Said of an upload in parts that the store knows nothing of.
pub(super) const NO_UPLOAD: &str = "the upload is not there any more";

/// The category of an error, and what to say.
pub(super) fn classify(error: &Error) -> StoreError {
    match error {
        Error::S3Server(S3ServerError::S3Error(answer)) => answered(answer),
        Error::S3Server(
            S3ServerError::InvalidServerResponse { http_status_code: status, .. }
            | S3ServerError::HttpError(status, _),
        )
        | Error::Network(NetworkError::ServerError(status)) => of_status(*status),
        Error::Validation(ValidationErr::HttpError(error))
        | Error::Network(NetworkError::ReqwestError(error)) => of_transport(error),
        Error::Validation(ValidationErr::XmlParseError(_) | ValidationErr::XmlError { .. }) => {
            StoreError::new(Kind::Retry, "the answer was cut off or is no XML")
        }
        other => StoreError::new(Kind::Fatal, chain(other)),
    }
}

fn answered(answer: &MinioErrorResponse) -> StoreError {
    // Codes that the crate has no name for come in lower case.
    let code = answer.code().to_string();
    let message = answer.message().clone().unwrap_or_default();
    let said = if message.is_empty() { code.clone() } else { format!("{code}: {message}") };
    match code.to_ascii_lowercase().as_str() {
        "slowdown" | "slowdownread" | "slowdownwrite" | "internalerror" | "serviceunavailable"
        | "requesttimeout" | "xminioservernotinitialized" | "operationaborted" | "incompletebody" => {
            StoreError::new(Kind::Retry, said)
        }
        "nosuchupload" => StoreError::new(Kind::Fatal, NO_UPLOAD)
            .hint("another run ended it, or the store did, as some do when their disk is full; run again"),
        "nosuchbucket" => StoreError::new(Kind::NoBucket, "the bucket is not there"),
        "signaturedoesnotmatch" => StoreError::new(Kind::Denied, "the secret key is wrong")
            .hint("check `MINIO_SECRET_KEY`; behind a proxy, that it leaves the `Host` header alone"),
        "invalidaccesskeyid" => StoreError::new(Kind::Denied, "the server does not know the access key")
            .hint("check `MINIO_ACCESS_KEY` and `mirror.endpoint`"),
        "requesttimetooskewed" => {
            StoreError::new(Kind::Denied, "the clock of this machine and the server's are too far apart")
                .hint("set this machine's clock right, for example with NTP")
        }
        "accessdenied" | "allaccessdisabled" => StoreError::new(Kind::Denied, "access is denied").hint(
            "the key needs `s3:ListBucket`, `s3:GetObject` and `s3:PutObject` on the bucket, with `prune` also `s3:DeleteObject`",
        ),
        "authorizationheadermalformed" | "permanentredirect" | "redirect" => {
            StoreError::new(Kind::Denied, said).hint("set `mirror.region` to the region of the bucket")
        }
        "xminiostoragefull" | "xminioadminbucketquotaexceeded" | "quotaexceeded" | "insufficientstorage" => {
            StoreError::new(Kind::Denied, "the store is full").hint("free some space there and run again")
        }
        _ => StoreError::new(Kind::Fatal, said),
    }
}

fn of_status(status: u16) -> StoreError {
    let kind = if status >= 500 || status == 429 || status == 408 { Kind::Retry } else { Kind::Fatal };
    StoreError::new(kind, format!("HTTP {status}, which is no answer of an object store"))
        .hint("check `mirror.endpoint`: it is the address of the S3 API, not of the console")
}

fn of_transport(error: &reqwest::Error) -> StoreError {
    let kind = if error.is_builder() { Kind::Fatal } else { Kind::Retry };
    StoreError::new(kind, innermost(error)).hint("check `mirror.endpoint` and the network")
}

/// The last cause says what happened; those before it repeat the address.
fn innermost(error: &reqwest::Error) -> String {
    let mut words = "the connection failed".to_owned();
    let mut cause = error.source();
    while let Some(error) = cause {
        words = error.to_string();
        cause = error.source();
    }
    let words = words.split(" (os error").next().unwrap_or_default();
    let mut chars = words.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

fn chain(error: &Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let said = error.to_string();
        if !words.ends_with(&said) {
            words = format!("{words}: {said}");
        }
        cause = error.source();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(code: &str, message: &str) -> StoreError {
        let text = format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>");
        let answer =
            MinioErrorResponse::new_from_body(text.into_bytes().into(), reqwest::header::HeaderMap::new());
        classify(&Error::S3Server(S3ServerError::S3Error(Box::new(answer.unwrap()))))
    }

    #[test]
    fn answers_have_their_category() {
        for (code, kind) in [
            ("SlowDown", Kind::Retry),
            ("InternalError", Kind::Retry),
            ("NoSuchBucket", Kind::NoBucket),
            ("SignatureDoesNotMatch", Kind::Denied),
            ("InvalidAccessKeyId", Kind::Denied),
            ("RequestTimeTooSkewed", Kind::Denied),
            ("AccessDenied", Kind::Denied),
            ("XMinioStorageFull", Kind::Denied),
            ("XMinioInvalidObjectName", Kind::Fatal),
        ] {
            assert_eq!(answer(code, "m").kind, kind, "{code}");
        }
        assert_eq!(answer("EntityTooLarge", "Too large.").what, "entitytoolarge: Too large.");
    }

    #[test]
    fn statuses_have_their_category() {
        for (status, kind) in [(502, Kind::Retry), (429, Kind::Retry), (404, Kind::Fatal), (403, Kind::Fatal)]
        {
            assert_eq!(classify(&Error::Network(NetworkError::ServerError(status))).kind, kind);
        }
    }
}
