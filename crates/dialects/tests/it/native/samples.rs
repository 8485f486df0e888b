//! The samples of docs/webhooks.md, run: what the product signs is genuine to them, and nothing else
//! is. Python, Node and PHP are run as people run them; the Rust one is compiled into this test.

#[path = "../../../../../docs/samples/webhooks/verify.rs"]
mod verify;

use super::hook::{header, secret, signed, tell};
use super::{FakeDesk, desk};
use serde_json::json;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

const SECOND: i64 = 1_000_000;

/// What a receiver holds.
#[derive(Clone, Debug)]
struct Request {
    id: String,
    timestamp: String,
    signatures: String,
    body: Vec<u8>,
}

/// A message of the product's, at `age` seconds before now.
fn message(desk: &FakeDesk, secret: &str, former: Option<&str>, age: i64) -> Request {
    let sent = signed(desk, "A1", secret, former, (now() - age) * SECOND);
    let of = |name: &str| header(&sent, name).unwrap();
    Request {
        id: of("webhook-id"),
        timestamp: of("webhook-timestamp"),
        signatures: of("webhook-signature"),
        body: sent.body,
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the samples compare with the machine's clock"
)]
fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}

/// A request, the keys that the receiver has, and whether it is genuine.
struct Case {
    what: &'static str,
    request: Request,
    keys: Vec<String>,
    genuine: bool,
}

fn case(what: &'static str, request: Request, keys: &[&String], genuine: bool) -> Case {
    let keys = keys.iter().map(|key| (*key).clone()).collect();
    Case {
        what,
        request,
        keys,
        genuine,
    }
}

/// What happens to a request on its way.
type Bend = fn(&mut Request);

/// A request with one thing changed on its way.
fn changed(request: &Request, change: impl FnOnce(&mut Request)) -> Request {
    let mut other = request.clone();
    change(&mut other);
    other
}

async fn told() -> Arc<FakeDesk> {
    let desk = desk();
    let event = json!([{"number": "A1", "status": "attempt_failed", "text": "Khách vắng nhà 🚚"}]);
    tell(&desk, event).await;
    desk
}

fn with_hmac(desk: &FakeDesk) -> Vec<Case> {
    let (old, new, other) = (secret("hmac", 1), secret("hmac", 2), secret("hmac", 3));
    let right = message(desk, &old, None, 0);
    let rotating = message(desk, &new, Some(&old), 0);
    let mut cases = vec![
        case("as it was sent", right.clone(), &[&old], true),
        case("another's secret", right.clone(), &[&other], false),
        case(
            "a little late",
            message(desk, &old, None, 200),
            &[&old],
            true,
        ),
        case("old", message(desk, &old, None, 400), &[&old], false),
        case(
            "from the future",
            message(desk, &old, None, -400),
            &[&old],
            false,
        ),
        case(
            "rotating, the old one known",
            rotating.clone(),
            &[&old],
            true,
        ),
        case(
            "rotating, the new one known",
            rotating.clone(),
            &[&new],
            true,
        ),
        case(
            "rotating, both known",
            rotating.clone(),
            &[&old, &new],
            true,
        ),
        case("rotating, neither known", rotating, &[&other], false),
        case(
            "the overlap is over",
            message(desk, &new, None, 0),
            &[&old],
            false,
        ),
    ];
    let bent: [(&'static str, Bend); 9] = [
        ("another body", |r| r.body.push(b' ')),
        ("no body", |r| r.body.clear()),
        ("another id", |r| r.id.push('0')),
        ("another time", |r| {
            let at: i64 = r.timestamp.parse().unwrap();
            r.timestamp = (at - 1).to_string();
        }),
        ("no time", |r| "soon".clone_into(&mut r.timestamp)),
        ("no signature", |r| r.signatures.clear()),
        ("half a signature", |r| r.signatures.truncate(20)),
        ("a signature of another kind", |r| {
            r.signatures = r.signatures.replace("v1,", "v2,");
        }),
        ("nonsense", |r| {
            "v1 v1, ,v1 v1,§§ v1a,AAAA".clone_into(&mut r.signatures);
        }),
    ];
    for (what, change) in bent {
        cases.push(case(what, changed(&right, change), &[&old], false));
    }
    cases
}

fn with_ed25519(desk: &FakeDesk) -> Vec<Case> {
    let (private, other) = (secret("ed25519", 1), secret("ed25519", 2));
    let shared = secret("hmac", 1);
    let (public, others) = (public(&private), public(&other));
    let right = message(desk, &private, None, 0);
    let moving = message(desk, &private, Some(&shared), 0);
    let tampered = changed(&right, |r| r.body.push(b' '));
    let unsigned = changed(&right, |r| {
        "v1a,AAAA v1a,".clone_into(&mut r.signatures);
    });
    vec![
        case("ed25519", right.clone(), &[&public], true),
        case("ed25519, another's key", right.clone(), &[&others], false),
        case("ed25519, another body", tampered, &[&public], false),
        case("ed25519, no signature", unsigned, &[&public], false),
        case(
            "ed25519, old",
            message(desk, &private, None, 400),
            &[&public],
            false,
        ),
        case("ed25519 taken for a secret", right, &[&shared], false),
        case(
            "from HMAC to ed25519, the new one known",
            moving.clone(),
            &[&public],
            true,
        ),
        case(
            "from HMAC to ed25519, the old one known",
            moving,
            &[&shared],
            true,
        ),
    ]
}

fn public(secret: &str) -> String {
    let proof = super::hook::hook().proof(&BTreeMap::new(), &secret.into());
    proof.public_key.unwrap()
}

/// A sample that a program runs.
struct Sample {
    program: &'static str,
    file: &'static str,
    /// Whether the language knows ed25519 without a further package.
    ed25519: bool,
}

const PYTHON: Sample = Sample {
    program: "python3",
    file: "verify.py",
    ed25519: false,
};
const NODE: Sample = Sample {
    program: "node",
    file: "verify.mjs",
    ed25519: true,
};
const PHP: Sample = Sample {
    program: "php",
    file: "verify.php",
    ed25519: true,
};

impl Sample {
    /// Whether it calls a request genuine.
    fn verifies(&self, case: &Case) -> bool {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/samples/webhooks");
        let Request {
            id,
            timestamp,
            signatures,
            body,
        } = &case.request;
        let mut child = Command::new(self.program)
            .arg(folder.join(self.file))
            .args([id, timestamp, signatures])
            .env("WEBHOOK_SECRET", case.keys.join(" "))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| {
                panic!(
                    "{} can't be run ({error}): scripts/install installs it",
                    self.program
                )
            });
        let mut stdin = child.stdin.take().unwrap();
        // One that refuses by the head alone may not read the body.
        let _ = stdin.write_all(body);
        drop(stdin);
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        match (said.trim(), output.status.code()) {
            ("genuine", Some(0)) => true,
            ("refused", Some(1)) => false,
            said => panic!(
                "{} with {}: {said:?} {}",
                self.file,
                case.what,
                String::from_utf8_lossy(&output.stderr)
            ),
        }
    }

    async fn is_right(&self) {
        let desk = told().await;
        let mut cases = with_hmac(&desk);
        if self.ed25519 {
            cases.extend(with_ed25519(&desk));
        }
        for case in cases {
            let verifies = self.verifies(&case);
            assert_eq!(verifies, case.genuine, "{}: {}", self.file, case.what);
        }
    }
}

#[tokio::test]
async fn the_python_sample_takes_what_is_genuine_and_nothing_else() {
    PYTHON.is_right().await;
}

#[tokio::test]
async fn the_node_sample_takes_what_is_genuine_and_nothing_else() {
    NODE.is_right().await;
}

#[tokio::test]
async fn the_php_sample_takes_what_is_genuine_and_nothing_else() {
    PHP.is_right().await;
}

#[tokio::test]
async fn the_rust_sample_takes_what_is_genuine_and_nothing_else() {
    let desk = told().await;
    let now = u64::try_from(now()).unwrap();
    for case in with_hmac(&desk).into_iter().chain(with_ed25519(&desk)) {
        let keys: Vec<&str> = case.keys.iter().map(String::as_str).collect();
        let Request {
            id,
            timestamp,
            signatures,
            body,
        } = &case.request;
        let genuine = verify::verify(&keys, id, timestamp, signatures, body, now);
        assert_eq!(genuine, case.genuine, "{}", case.what);
    }
}
