//! What the hub refuses, as our own API says it: what is not there 404, what is taken 409, what can't
//! be used 422; the hub's own failures as everywhere.

use super::Problem;
use super::failures::failed;
use super::input::number;
use axum::extract::{FromRequestParts, Path};
use http::request::Parts;
use http::{HeaderValue, StatusCode, header};
use trackway_dialects::native::wire::MemberError;
use trackway_hub::HubError;

/// The answer to a call that the hub refused.
pub fn wrong(error: HubError) -> Problem {
    let status = match &error {
        HubError::Store(_)
        | HubError::Trade(_)
        | HubError::Codes { .. }
        | HubError::Carriers(_)
        | HubError::Priors(_)
        | HubError::Mail(_)
        | HubError::NoClientNumber => return failed(error),
        HubError::NoRecord(what, _) => return no_record(what),
        HubError::NoShipment { .. } => StatusCode::NOT_FOUND,
        HubError::TooOften { retry_after_s } => {
            let wait = HeaderValue::from(*retry_after_s);
            return Problem::new(StatusCode::TOO_MANY_REQUESTS, sentence(&error.to_string()))
                .with_header(header::RETRY_AFTER, wait);
        }
        HubError::AccountExists(_)
        | HubError::NoOwnSecret { .. }
        | HubError::QueueFull { .. }
        | HubError::ConnectionExists { .. }
        | HubError::NoticeEnded { .. }
        | HubError::NotFollowed { .. }
        | HubError::TooMany { .. } => StatusCode::CONFLICT,
        HubError::MissingSetting { name, .. } => {
            let detail = format!("The dialect needs the setting `{name}`.");
            return member("/settings", detail);
        }
        HubError::MailAddress(_) => {
            return member("/address", sentence(&error.to_string()));
        }
        HubError::NoAccount(_) => {
            let detail = "There is no account of this name: make it with `POST /v1/accounts`.";
            return member("/account", detail);
        }
        HubError::UnknownDialect { .. }
        | HubError::NotCalled { .. }
        | HubError::NotPulled { .. }
        | HubError::PullInSandbox
        | HubError::PullWanted(_)
        | HubError::NoWebhooks { .. }
        | HubError::UnknownSetting { .. }
        | HubError::Setting(_)
        | HubError::NoPublicUrl { .. }
        | HubError::UnknownValue { .. }
        | HubError::Overlap
        | HubError::UnknownZone(_)
        | HubError::Address { .. }
        | HubError::Number { .. }
        | HubError::NoConnection { .. }
        | HubError::SeveralCarriers { .. }
        | HubError::LinkDays { .. }
        | HubError::AccountName
        | HubError::UnknownScope { .. }
        | HubError::NoScopes { .. }
        | HubError::Expired(_)
        | HubError::TestAdmin
        | HubError::TooLong { .. }
        | HubError::CarrierUnnamed { .. } => StatusCode::UNPROCESSABLE_ENTITY,
    };
    Problem::new(status, sentence(&error.to_string()))
}

/// What is wrong with one member of the body.
pub fn member(pointer: &'static str, detail: impl Into<String>) -> Problem {
    let detail = detail.into();
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail.clone())
        .with_error(MemberError::new(pointer, detail))
}

/// The answer where an account has no such record, whoever else may have it.
pub fn no_record(what: &str) -> Problem {
    let detail = format!("There is no {what} with this id: the list has the ids.");
    Problem::new(StatusCode::NOT_FOUND, detail)
}

/// A record's id from the path. What is no id is the id of nothing.
#[derive(Clone, Copy, Debug)]
pub struct OfRecord(pub i64);

impl<S: Send + Sync> FromRequestParts<S> for OfRecord {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let text = Path::<String>::from_request_parts(parts, state).await;
        // No record is given the id 0.
        let id = text.ok().and_then(|Path(text)| number(&text));
        Ok(Self(id.unwrap_or_default()))
    }
}

/// With a capital and a full stop.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_say_what_to_do_under_their_status() {
        let rows = [
            (HubError::NoRecord("key", 7), 404),
            (HubError::AccountExists("a".to_owned()), 409),
            (HubError::AccountName, 422),
            (HubError::QueueFull { waiting: 100_000 }, 409),
            (HubError::TooOften { retry_after_s: 60 }, 429),
            (HubError::NoClientNumber, 500),
        ];
        for (error, status) in rows {
            let problem = wrong(error);
            assert_eq!(problem.status, status);
            assert!(problem.detail.ends_with('.'), "{}", problem.detail);
            assert!(!problem.detail.contains('7'), "{}", problem.detail);
        }
    }
}
