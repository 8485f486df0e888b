//! Uploaded files (C12): kept sealed, and given back at their address to the account alone.

use super::{Asked, known};
use crate::desk::{Desk, Trade};
use crate::http::percent_encoded;
use crate::nandh::envelope::Done;
use crate::nandh::errors::{Code, Stop};
use crate::nandh::routes::{Call, ROUTES};
use crate::nandh::serve::refused;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart};
use axum::response::Response;
use http::{HeaderValue, Request, header};
use serde::Serialize;
use trackway_model::orders::{Catalogued, Command, File, RecordId};

/// No size is documented; labels and invoices are far smaller.
const MOST_BYTES: usize = 5 << 20;
const MOST_NAME: usize = 200;
/// The member of the form.
const MEMBER: &str = "file";
const ANY_TYPE: &str = "application/octet-stream";

/// C12's answer.
#[derive(Clone, Debug, Serialize)]
struct Uploaded {
    url: String,
    file_name: String,
    size: u64,
}

pub async fn upload<D: Desk + Trade>(asked: &Asked<'_, D>) -> Result<Done, Stop> {
    let file = read(asked).await?;
    let (name, size) = (file.name.clone(), file.size);
    let command = Command::Catalogue(Box::new(Catalogued {
        id: None,
        code: None,
        body: file.into(),
    }));
    let record = asked.made(command, &refused::CATALOGUE).await?;
    Ok(Done::one(&Uploaded {
        url: address(asked, record.id, &name),
        file_name: name,
        size,
    }))
}

/// The file of a form.
async fn read<D: Desk + Trade>(asked: &Asked<'_, D>) -> Result<File, Stop> {
    let no_form = |_| Stop::because(Code::BadRequest, "The body is no multipart form");
    let mut request = Request::new(Body::from(asked.body.clone()));
    *request.headers_mut() = asked.head.headers.clone();
    // The body was read within its limit before.
    DefaultBodyLimit::max(asked.body.len()).apply(&mut request);
    let mut form = Multipart::from_request(request, &())
        .await
        .map_err(no_form)?;
    let broken = |_| Stop::because(Code::BadRequest, "The multipart form is broken");
    while let Some(field) = form.next_field().await.map_err(broken)? {
        if field.name() != Some(MEMBER) {
            continue;
        }
        let name = plain_name(field.file_name().unwrap_or_default());
        let media_type = field.content_type().unwrap_or(ANY_TYPE).to_owned();
        let bytes = field.bytes().await.map_err(broken)?;
        if name.is_empty() {
            return Err(Stop::field(MEMBER, "must have a file name"));
        }
        if bytes.is_empty() || bytes.len() > MOST_BYTES {
            let problem = format!("must have 1 to {MOST_BYTES} bytes");
            return Err(Stop::field(MEMBER, &problem));
        }
        return Ok(File {
            name,
            media_type,
            size: bytes.len() as u64,
            bytes: bytes.to_vec(),
        });
    }
    Err(Stop::field(MEMBER, "is required"))
}

/// A name without folders and without what no header takes.
fn plain_name(given: &str) -> String {
    let name = given.rsplit(['/', '\\']).next().unwrap_or_default();
    let name = name.chars().filter(|c| !c.is_control() && *c != '"');
    name.take(MOST_NAME).collect::<String>().trim().to_owned()
}

/// Where a file can be fetched: under the address that the client itself used.
fn address<D>(asked: &Asked<'_, D>, id: RecordId, name: &str) -> String {
    let said = |name: &str| asked.head.headers.get(name)?.to_str().ok();
    let scheme = match said("x-forwarded-proto") {
        Some("https") => "https",
        _ => "http",
    };
    let host = said(header::HOST.as_str())
        .or_else(|| asked.head.uri.authority().map(http::uri::Authority::as_str))
        .unwrap_or("localhost");
    let path = ROUTES
        .iter()
        .find(|route| route.call == Call::Download)
        .map(super::Route::full)
        .unwrap_or_default()
        .replace("{id}", &id.to_string())
        .replace("{name}", &percent_encoded(name));
    format!("{scheme}://{host}{path}")
}

/// A file's bytes, as they came in.
pub async fn download<D: Desk + Trade>(asked: &Asked<'_, D>) -> Result<Response, Stop> {
    let record = asked.subject::<File>().await?;
    let file = known::<File>(&record)?.body;
    let mut answer = Response::new(Body::from(file.bytes.clone()));
    let any = HeaderValue::from_static(ANY_TYPE);
    let media_type = HeaderValue::from_str(&file.media_type).unwrap_or(any);
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, media_type);
    // Nobody's browser runs what somebody uploaded.
    let attached = HeaderValue::from_static("attachment");
    headers.insert(header::CONTENT_DISPOSITION, attached);
    let as_said = HeaderValue::from_static("nosniff");
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, as_said);
    Ok(answer)
}
