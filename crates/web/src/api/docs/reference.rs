//! An OpenAPI document as people read it: calls by subject, and the shapes that they speak of.

use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write;

/// What a page shows.
#[derive(Debug)]
pub struct Reference {
    pub title: String,
    /// Paragraphs, as safe HTML.
    pub about: Vec<String>,
    pub groups: Vec<Group>,
    pub shapes: Vec<Shape>,
}

/// Calls of one subject.
#[derive(Debug)]
pub struct Group {
    pub name: String,
    pub about: String,
    pub calls: Vec<Call>,
}

/// One method on one path.
#[derive(Debug)]
pub struct Call {
    pub id: String,
    pub method: String,
    pub path: String,
    pub summary: String,
    /// Paragraphs, as safe HTML.
    pub about: Vec<String>,
    pub scope: Option<String>,
    pub params: Vec<Member>,
    pub body: Option<Content>,
    pub answers: Vec<Answer>,
}

/// What a request carries.
#[derive(Debug)]
pub struct Content {
    pub format: String,
    pub kind: Kind,
    pub about: String,
}

/// One status that a call answers with.
#[derive(Debug)]
pub struct Answer {
    pub status: String,
    /// How the status looks: `good`, `wait` or `bad`.
    pub tone: &'static str,
    pub about: String,
    pub kind: Option<Kind>,
}

/// A named shape.
#[derive(Debug)]
pub struct Shape {
    pub id: String,
    pub name: String,
    pub about: String,
    pub members: Vec<Member>,
    /// Where it is one of some words.
    pub words: Vec<String>,
    /// Where it is nothing but another shape or a plain value.
    pub kind: Option<Kind>,
}

/// A member of a shape, or a parameter of a call.
#[derive(Debug)]
pub struct Member {
    pub name: String,
    /// Of a parameter: where it stands.
    pub place: String,
    pub kind: Kind,
    pub required: bool,
    pub about: String,
}

/// What a value is: words with at most one link among them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kind {
    pub before: String,
    pub link: Option<String>,
    pub after: String,
}

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];
/// Words of an enumeration that are shown in a line; more are in its own shape.
const SHOWN_WORDS: usize = 8;

impl Reference {
    /// Reads a document of our own making.
    pub fn read(document: &str) -> Self {
        let document: Value = serde_json::from_str(document).expect("our own documents are JSON");
        let shapes = object(&document["components"]["schemas"]);
        Self {
            title: text(&document["info"]["title"]),
            about: paragraphs(&text(&document["info"]["description"])),
            groups: groups(&document),
            shapes: shapes
                .map(|(name, shape)| Shape::read(name, shape))
                .collect(),
        }
    }
}

fn groups(document: &Value) -> Vec<Group> {
    let about: BTreeMap<String, String> = list(&document["tags"])
        .map(|tag| (text(&tag["name"]), rich(&text(&tag["description"]))))
        .collect();
    let mut groups: Vec<Group> = Vec::new();
    let calls = object(&document["paths"]).chain(object(&document["webhooks"]));
    for (path, item) in calls {
        for method in METHODS {
            let Some(call) = item.get(method) else {
                continue;
            };
            let name = text(&call["tags"][0]);
            let call = Call::read(method, path, call);
            match groups.iter_mut().find(|group| group.name == name) {
                Some(group) => group.calls.push(call),
                None => groups.push(Group {
                    about: about.get(&name).cloned().unwrap_or_default(),
                    name,
                    calls: vec![call],
                }),
            }
        }
    }
    // In the order of the document's own list.
    let order: Vec<String> = list(&document["tags"])
        .map(|tag| text(&tag["name"]))
        .collect();
    let place = |group: &Group| order.iter().position(|name| *name == group.name);
    groups.sort_by_key(|group| place(group).unwrap_or(usize::MAX));
    groups
}

impl Call {
    fn read(method: &str, path: &str, call: &Value) -> Self {
        let scopes: Vec<String> = list(&call["security"])
            .flat_map(|way| object(way).flat_map(|(_, scopes)| list(scopes).map(text)))
            .collect();
        let body = &call["requestBody"];
        Self {
            id: anchor(&format!("{method}{path}")),
            method: method.to_ascii_uppercase(),
            path: path.to_owned(),
            summary: text(&call["summary"]),
            about: paragraphs(&text(&call["description"])),
            scope: scopes.into_iter().next(),
            params: list(&call["parameters"]).map(parameter).collect(),
            body: content(body).map(|(format, kind)| Content {
                format,
                kind,
                about: rich(&text(&body["description"])),
            }),
            answers: object(&call["responses"])
                .map(|(status, answer)| Answer {
                    status: status.clone(),
                    tone: tone(status),
                    about: rich(&text(&answer["description"])),
                    kind: content(answer).map(|(_, kind)| kind),
                })
                .collect(),
        }
    }
}

fn tone(status: &str) -> &'static str {
    match status.as_bytes().first() {
        Some(b'2' | b'3') => "good",
        Some(b'5') => "bad",
        _ => "wait",
    }
}

fn parameter(parameter: &Value) -> Member {
    Member {
        name: text(&parameter["name"]),
        place: text(&parameter["in"]),
        kind: Kind::of(&parameter["schema"]),
        required: parameter["required"] == true,
        about: rich(&text(&parameter["description"])),
    }
}

/// The first way in which a body is written.
fn content(of: &Value) -> Option<(String, Kind)> {
    let (format, content) = object(&of["content"]).next()?;
    Some((format.clone(), Kind::of(&content["schema"])))
}

impl Shape {
    fn read(name: &str, shape: &Value) -> Self {
        let mut members = Vec::new();
        collect(shape, &mut members);
        let words: Vec<String> = words(shape);
        let is_plain = members.is_empty() && words.is_empty();
        Self {
            id: shape_anchor(name),
            name: name.to_owned(),
            about: rich(&text(&shape["description"])),
            members,
            words,
            kind: is_plain.then(|| Kind::of(shape)),
        }
    }
}

/// A shape's members, those of the shapes that it is made of first.
fn collect(shape: &Value, members: &mut Vec<Member>) {
    for part in list(&shape["allOf"]) {
        if part.get("$ref").is_some() {
            members.push(Member {
                name: "…".to_owned(),
                place: String::new(),
                kind: Kind {
                    before: "every member of ".to_owned(),
                    ..Kind::of(part)
                },
                required: true,
                about: String::new(),
            });
        } else {
            collect(part, members);
        }
    }
    let required: Vec<String> = list(&shape["required"]).map(text).collect();
    members.extend(object(&shape["properties"]).map(|(name, member)| Member {
        name: name.clone(),
        place: String::new(),
        kind: Kind::of(member),
        required: required.contains(name),
        about: rich(&text(&member["description"])),
    }));
}

fn words(shape: &Value) -> Vec<String> {
    let bare = list(&shape["enum"]).map(text);
    let described = list(&shape["oneOf"]).flat_map(|one| list(&one["enum"]).map(text));
    bare.chain(described).collect()
}

impl Kind {
    fn plain(text: impl Into<String>) -> Self {
        Self {
            before: text.into(),
            ..Self::default()
        }
    }

    fn of(schema: &Value) -> Self {
        if let Some(name) = schema["$ref"]
            .as_str()
            .and_then(|link| link.rsplit('/').next())
        {
            return Self {
                link: Some(name.to_owned()),
                ..Self::default()
            };
        }
        for way in ["oneOf", "anyOf", "allOf"] {
            let of_null = |one: &&Value| one["type"] == "null";
            let real: Vec<&Value> = list(&schema[way]).filter(|one| !of_null(one)).collect();
            let words = words(schema);
            if !words.is_empty() && way == "oneOf" {
                return Self::plain(one_of(&words));
            }
            if let [only] = real.as_slice() {
                let mut kind = Self::of(only);
                if list(&schema[way]).any(|one| of_null(&one)) {
                    kind.after.push_str(" or null");
                }
                return kind;
            }
            if !real.is_empty() {
                let names: Vec<String> = real.iter().map(|one| Self::of(one).to_string()).collect();
                return Self::plain(names.join(" or "));
            }
        }
        let words = words(schema);
        if !words.is_empty() {
            return Self::plain(one_of(&words));
        }
        let mut names: Vec<String> = match &schema["type"] {
            Value::Array(names) => names.iter().map(text).collect(),
            Value::String(name) => vec![name.clone()],
            _ => Vec::new(),
        };
        if names.first().is_some_and(|name| name == "array") {
            let mut kind = Self::of(&schema["items"]);
            kind.before.insert_str(0, "list of ");
            if names.len() > 1 {
                kind.after.push_str(" or null");
            }
            return kind;
        }
        if schema["additionalProperties"].is_object() {
            names = vec!["object of texts by name".to_owned()];
        }
        let format = text(&schema["format"]);
        let mut told = names.join(" or ");
        if told.is_empty() {
            "any value".clone_into(&mut told);
        }
        if matches!(format.as_str(), "date-time" | "uuid" | "uri") {
            let _ = write!(told, " ({format})");
        }
        Self::plain(told)
    }

    /// The link's address on the page.
    pub fn address(&self) -> String {
        let link = self.link.as_deref().unwrap_or_default();
        format!("#{}", shape_anchor(link))
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let link = self.link.as_deref().unwrap_or_default();
        write!(f, "{}{link}{}", self.before, self.after)
    }
}

fn one_of(words: &[String]) -> String {
    let shown = words.iter().take(SHOWN_WORDS).cloned().collect::<Vec<_>>();
    let more = if words.len() > SHOWN_WORDS {
        ", …"
    } else {
        ""
    };
    format!("one of {}{more}", shown.join(", "))
}

fn shape_anchor(name: &str) -> String {
    format!("shape-{}", anchor(name))
}

/// Letters and digits; everything else is a dash.
fn anchor(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_ascii_alphanumeric() {
            out.push(letter.to_ascii_lowercase());
        } else if !out.ends_with('-') {
            out.push('-');
        }
    }
    out.trim_matches('-').to_owned()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn object(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn paragraphs(text: &str) -> Vec<String> {
    text.split("\n\n")
        .filter(|paragraph| !paragraph.trim().is_empty())
        .map(rich)
        .collect()
}

/// A text as safe HTML; what stands in backticks is code.
fn rich(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + 16);
    for (at, part) in text.split('`').enumerate() {
        if at > 0 {
            html.push_str(if at % 2 == 1 { "<code>" } else { "</code>" });
        }
        for letter in part.chars() {
            match letter {
                '&' => html.push_str("&amp;"),
                '<' => html.push_str("&lt;"),
                '>' => html.push_str("&gt;"),
                '"' => html.push_str("&quot;"),
                '\'' => html.push_str("&#39;"),
                letter => html.push(letter),
            }
        }
    }
    if text.matches('`').count() % 2 == 1 {
        html.push_str("</code>");
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn texts_are_escaped_and_code_is_code() {
        assert_eq!(rich("a `<b>` & c"), "a <code>&lt;b&gt;</code> &amp; c");
        assert_eq!(rich("odd `tick"), "odd <code>tick</code>");
    }

    #[test]
    fn kinds_are_told_in_words() {
        let rows = [
            (json!({"type": "string"}), "string"),
            (json!({"type": ["string", "null"]}), "string or null"),
            (json!({"$ref": "#/components/schemas/Event"}), "Event"),
            (
                json!({"type": "array", "items": {"$ref": "#/x/Event"}}),
                "list of Event",
            ),
            (
                json!({"oneOf": [{"type": "null"}, {"$ref": "#/x/Event"}]}),
                "Event or null",
            ),
            (json!({"type": "string", "enum": ["a", "b"]}), "one of a, b"),
            (json!({}), "any value"),
        ];
        for (schema, told) in rows {
            assert_eq!(Kind::of(&schema).to_string(), told, "{schema}");
        }
    }
}
