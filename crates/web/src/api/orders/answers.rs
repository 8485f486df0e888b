//! What calls about records answer, for the document: each handler names one of these.

use super::super::failures::{MISSING, RefusalsOfList, RefusalsOfMaking, problem};
use super::made::Outcome;
use std::collections::BTreeMap;
use std::marker::PhantomData;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::schema::Type;
use utoipa::openapi::{ContentBuilder, ObjectBuilder, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{IntoResponses, ToSchema};

/// A page of records, or why there is none.
#[derive(Debug)]
pub struct Listed<P>(PhantomData<P>);

/// The same, of what belongs to something that the path names.
#[derive(Debug)]
pub struct ListedIn<P>(PhantomData<P>);

/// What became of one record or of a batch, or why nothing did.
#[derive(Debug)]
pub struct MadeOf<T>(PhantomData<T>);

/// The same, of what belongs to something that the path names.
#[derive(Debug)]
pub struct MadeIn<T>(PhantomData<T>);

type Responses = BTreeMap<String, RefOr<Response>>;

fn answer<T: ToSchema>(description: &str) -> ResponseBuilder {
    let schema = RefOr::Ref(Ref::from_schema_name(T::name()));
    let content = ContentBuilder::new().schema(Some(schema)).build();
    ResponseBuilder::new()
        .description(description)
        .content("application/json", content)
}

fn and_missing(mut responses: Responses) -> Responses {
    let (status, description) = MISSING;
    responses.insert(status.to_owned(), problem(description));
    responses
}

impl<P: ToSchema> IntoResponses for Listed<P> {
    fn responses() -> Responses {
        let text = ObjectBuilder::new().schema_type(Type::String).build();
        let link = HeaderBuilder::new()
            .schema(Some(text))
            .description(Some("`<…>; rel=\"next\"` where there is a next page"));
        let page = answer::<P>("A page; `Link` names the next").header("Link", link.build());
        let mut responses = RefusalsOfList::responses();
        responses.insert("200".to_owned(), page.build().into());
        responses
    }
}

impl<P: ToSchema> IntoResponses for ListedIn<P> {
    fn responses() -> Responses {
        and_missing(Listed::<P>::responses())
    }
}

impl<T: ToSchema> IntoResponses for MadeOf<T> {
    fn responses() -> Responses {
        let batch = answer::<Outcome<'static>>("What became of a batch");
        let one = answer::<T>("A single one, made");
        let mut responses = RefusalsOfMaking::responses();
        responses.insert("200".to_owned(), batch.build().into());
        responses.insert("201".to_owned(), one.build().into());
        responses
    }
}

impl<T: ToSchema> IntoResponses for MadeIn<T> {
    fn responses() -> Responses {
        and_missing(MadeOf::<T>::responses())
    }
}
