//! A headless Chromium, spoken to over a pipe in its DevTools protocol: what a page loads, what it
//! complains of, what stands in it, and how it looks.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// For a page to come, and for the browser to answer.
const LIMIT: Duration = Duration::from_mins(1);

/// As whom to look at a page.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    pub width: u32,
    pub dark: bool,
    pub script: bool,
    pub print: bool,
}

pub const PHONE: Look = Look {
    width: 320,
    dark: false,
    script: false,
    print: false,
};
pub const DESK: Look = Look {
    width: 1280,
    ..PHONE
};

/// A browser with one page.
pub struct Browser {
    /// Is killed with this.
    _child: Child,
    _profile: TempDir,
    commands: ChildStdin,
    answers: BufReader<ChildStdout>,
    next: u64,
    session: Option<String>,
    events: Vec<Value>,
}

impl Browser {
    pub async fn start() -> Self {
        let profile = tempfile::tempdir().unwrap();
        // The protocol goes over descriptors 3 and 4; the shell puts our pipes there.
        let mut child = Command::new("sh")
            .args(["-c", r#"exec "$@" 3<&0 4>&1 >/dev/null 2>&1"#, "sh"])
            .arg(program())
            .args([
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-background-networking",
                "--disable-component-update",
                "--no-first-run",
                "--force-color-profile=srgb",
                "--remote-debugging-pipe",
            ])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut browser = Self {
            commands: child.stdin.take().unwrap(),
            answers: BufReader::new(child.stdout.take().unwrap()),
            _child: child,
            _profile: profile,
            next: 1,
            session: None,
            events: Vec::new(),
        };
        let page = json!({"url": "about:blank"});
        let page = browser.call("Target.createTarget", page).await;
        let attach = json!({"targetId": page["targetId"], "flatten": true});
        let attached = browser.call("Target.attachToTarget", attach).await;
        browser.session = Some(attached["sessionId"].as_str().unwrap().to_owned());
        for domain in ["Page", "Network", "Log", "Runtime"] {
            browser.call(&format!("{domain}.enable"), json!({})).await;
        }
        browser
    }

    async fn call(&mut self, method: &str, params: Value) -> Value {
        let id = self.next;
        self.next += 1;
        let mut command = json!({"id": id, "method": method, "params": params});
        if let Some(session) = &self.session {
            command["sessionId"] = json!(session);
        }
        let mut line = command.to_string().into_bytes();
        line.push(0);
        self.commands.write_all(&line).await.unwrap();
        loop {
            let said = self.read().await;
            if said["id"] == json!(id) {
                assert!(said["error"].is_null(), "{method}: {}", said["error"]);
                return said["result"].clone();
            }
            self.events.push(said);
        }
    }

    async fn read(&mut self) -> Value {
        let mut line = Vec::new();
        let reading = self.answers.read_until(0, &mut line);
        let length = tokio::time::timeout(LIMIT, reading)
            .await
            .expect("Chromium answers in time")
            .unwrap();
        assert!(length > 1, "Chromium ended");
        serde_json::from_slice(&line[..length - 1]).unwrap()
    }

    /// Goes to an address and returns all that the browser did and said on the way.
    pub async fn visit(&mut self, url: &str, look: Look) -> Visit {
        let metrics = json!({
            "width": look.width, "height": 900, "deviceScaleFactor": 1, "mobile": look.width < 600,
        });
        self.call("Emulation.setDeviceMetricsOverride", metrics)
            .await;
        let scheme = if look.dark { "dark" } else { "light" };
        let media = json!({
            "media": if look.print { "print" } else { "screen" },
            "features": [{"name": "prefers-color-scheme", "value": scheme}],
        });
        self.call("Emulation.setEmulatedMedia", media).await;
        let script = json!({"value": !look.script});
        self.call("Emulation.setScriptExecutionDisabled", script)
            .await;
        self.call("Network.setCacheDisabled", json!({"cacheDisabled": true}))
            .await;
        self.events.clear();
        self.call("Page.navigate", json!({"url": url})).await;
        while !self.has("Page.loadEventFired") {
            let event = self.read().await;
            self.events.push(event);
        }
        // What the page does after its load was asked for before this answer.
        self.value("document.readyState").await;
        Visit(std::mem::take(&mut self.events))
    }

    fn has(&self, method: &str) -> bool {
        self.events.iter().any(|event| event["method"] == method)
    }

    /// The value of an expression; also where the page itself may run no script.
    pub async fn value(&mut self, expression: &str) -> Value {
        let asked = json!({"expression": expression, "returnByValue": true});
        let found = self.call("Runtime.evaluate", asked).await;
        assert!(found["exceptionDetails"].is_null(), "{expression}: {found}");
        found["result"]["value"].clone()
    }

    /// Presses what a selector finds, and waits for the page that comes of it.
    pub async fn press(&mut self, selector: &str) {
        self.events.clear();
        let press = format!("document.querySelector({}).click()", json!(selector));
        self.value(&press).await;
        while !self.has("Page.loadEventFired") {
            let event = self.read().await;
            self.events.push(event);
        }
    }

    /// The text of every element that a selector finds, white space made one.
    pub async fn texts(&mut self, selector: &str) -> Vec<String> {
        let found = format!(
            "[...document.querySelectorAll({})].map(e => e.textContent.replace(/\\s+/g, ' ').trim())",
            json!(selector)
        );
        serde_json::from_value(self.value(&found).await).unwrap()
    }

    /// The whole page as a picture.
    pub async fn picture(&mut self, file: &Path) {
        let size = self.call("Page.getLayoutMetrics", json!({})).await;
        let size = &size["cssContentSize"];
        let clip = json!({
            "x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1,
        });
        let asked = json!({"format": "png", "captureBeyondViewport": true, "clip": clip});
        let picture = self.call("Page.captureScreenshot", asked).await;
        let bytes = STANDARD.decode(picture["data"].as_str().unwrap()).unwrap();
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, bytes).unwrap();
    }
}

/// Where Chromium is.
fn program() -> &'static str {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let is_there = |name: &&str| std::env::split_paths(&path).any(|dir| dir.join(name).is_file());
    ["chromium", "chromium-browser", "google-chrome"]
        .into_iter()
        .find(is_there)
        .expect("Chromium is not in PATH: `make test` installs it")
}

/// What the browser did and said during a visit.
pub struct Visit(Vec<Value>);

impl Visit {
    fn all<'v>(&'v self, method: &'v str) -> impl Iterator<Item = &'v Value> {
        let named = self.0.iter().filter(move |event| event["method"] == method);
        named.map(|event| &event["params"])
    }

    /// Every address that was asked for.
    pub fn requests(&self) -> Vec<String> {
        self.all("Network.requestWillBeSent")
            .map(|sent| sent["request"]["url"].as_str().unwrap().to_owned())
            .collect()
    }

    /// Bytes that came over the wire, heads and bodies.
    pub fn bytes(&self) -> u64 {
        self.all("Network.loadingFinished")
            .map(|done| done["encodedDataLength"].as_f64().unwrap() as u64)
            .sum()
    }

    /// Whatever the browser complained of.
    pub fn complaints(&self) -> Vec<String> {
        let logged = self.all("Log.entryAdded").map(|said| &said["entry"]);
        let called = self.all("Runtime.consoleAPICalled");
        let thrown = self.all("Runtime.exceptionThrown");
        let failed = self.all("Network.loadingFailed");
        let all = logged.chain(called).chain(thrown).chain(failed);
        all.map(ToString::to_string).collect()
    }
}
