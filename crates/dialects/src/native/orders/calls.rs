//! The calls over any desk: reading what is sent, looking up what it names, having it done.

use super::refused::pointer;
use super::{Ask, Find, Known, Ref, Wrong};
use crate::desk::{DeskError, Principal, Trade};
use crate::native::wire::MemberError;
use serde::de::DeserializeOwned;
use trackway_model::orders::{Command, Kind, Name, NameKind, Record, RecordId};

/// What became of one thing that was asked for. Nothing was written where it is wrong.
pub type Done = Result<Option<Record>, Wrong>;

/// Reads what is sent; what can't be read names its member.
pub fn read<W: DeserializeOwned>(raw: &str) -> Result<W, Vec<MemberError>> {
    let mut json = serde_json::Deserializer::from_str(raw);
    serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        let at = pointer(if path == "." { "" } else { &path });
        let detail = error.inner().to_string();
        // The place in the text is that of a part of what was sent.
        let detail = detail.split(" at line ").next().unwrap_or_default();
        vec![MemberError::of(at + &missing(detail), detail)]
    })
}

/// The member that a text of the parser says is missing or unknown.
fn missing(detail: &str) -> String {
    let name = detail
        .strip_prefix("missing field `")
        .or_else(|| detail.strip_prefix("duplicate field `"))
        .and_then(|rest| rest.split('`').next());
    name.map_or_else(String::new, |name| format!("/{name}"))
}

/// The record of this id or code; of an item, also of this SKU.
pub async fn subject<T: Trade + ?Sized>(
    desk: &T,
    principal: &Principal,
    kind: Kind,
    text: &str,
) -> Result<Option<Record>, DeskError> {
    let found = match Ref::parse(text) {
        Ref::Id(id) => desk.record(principal, kind, id).await?,
        Ref::Name(code) => {
            let name = Name::code(code);
            desk.record_named(principal, kind, name).await?
        }
    };
    if found.is_none() && kind == Kind::Item {
        let sku = Name::new(NameKind::Sku, RecordId(0), text);
        return desk.record_named(principal, kind, sku).await;
    }
    Ok(found)
}

/// The id of what is named; None where there is none, as far as that has to be looked up.
pub async fn named<T: Trade + ?Sized>(
    desk: &T,
    principal: &Principal,
    kind: Kind,
    text: &str,
) -> Result<Option<RecordId>, DeskError> {
    let found = subject(desk, principal, kind, text).await?;
    Ok(found.map(|record| record.id))
}

/// Has one thing done.
pub async fn carry_out<T: Trade + ?Sized, W: Ask>(
    desk: &T,
    principal: &Principal,
    wanted: W,
) -> Result<Done, DeskError> {
    let mut done = carry_out_all(desk, principal, &[wanted]).await?;
    Ok(done.pop().unwrap_or(Ok(None)))
}

/// Has many things done, each for itself; what became of them, in their order.
pub async fn carry_out_all<T: Trade + ?Sized, W: Ask>(
    desk: &T,
    principal: &Principal,
    wanted: &[W],
) -> Result<Vec<Done>, DeskError> {
    let commands = commands(desk, principal, wanted).await?;
    let asked: Vec<Command> = commands.iter().flatten().cloned().collect();
    let mut answers = desk.carry_out_all(principal, asked).await?.into_iter();
    let of_each = wanted.iter().zip(commands).map(|(wanted, command)| {
        command?;
        match answers.next() {
            Some(Ok(outcome)) => Ok(outcome.record),
            Some(Err(refusal)) => Err(Wrong::of(&refusal, |kind, sku| wanted.place(kind, sku))),
            None => Ok(None),
        }
    });
    Ok(of_each.collect())
}

/// Looks up what is named, and tells commands with ids.
pub async fn commands<T: Trade + ?Sized, W: Ask>(
    desk: &T,
    principal: &Principal,
    wanted: &[W],
) -> Result<Vec<Result<Command, Wrong>>, DeskError> {
    let mut known = Known::default();
    loop {
        let told: Vec<_> = wanted
            .iter()
            .map(|one| {
                let mut find = Find::new(&mut known);
                let command = one.command(&mut find);
                if find.errors.is_empty() {
                    Ok(command)
                } else {
                    Err(Wrong::members(find.errors))
                }
            })
            .collect();
        if known.missing.is_empty() {
            return Ok(told);
        }
        for (kind, name) in std::mem::take(&mut known.missing) {
            let found = desk.record_named(principal, kind, name.clone()).await?;
            known
                .found
                .insert((kind, name), found.map(|record| record.id));
        }
    }
}
