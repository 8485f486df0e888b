//! Our own icons: one file each, drawn on a square of 24 with lines of the text's colour. A page
//! carries them once and refers to them by name.

use std::sync::LazyLock;

macro_rules! icons {
    ($($name:literal),* $(,)?) => {
        const FILES: &[(&str, &str)] = &[$(($name, include_str!(concat!("../../assets/icons/", $name, ".svg")))),*];
    };
}

icons! {
    "alert", "back", "box", "check", "clock", "door", "dots", "out", "pin", "stop", "truck",
}

/// All icons as symbols `i-NAME`.
static SPRITE: LazyLock<String> = LazyLock::new(|| {
    FILES.iter().fold(String::new(), |sprite, (name, file)| {
        sprite
            + &format!(
                r#"<symbol id="i-{name}" viewBox="0 0 24 24">{}</symbol>"#,
                drawing(file)
            )
    })
});

/// The icons that a page carries.
pub fn sprite() -> &'static str {
    &SPRITE
}

/// What stands within a file's outermost element.
fn drawing(file: &str) -> &str {
    let within = file.split_once('>').map_or("", |(_, rest)| rest);
    within.rsplit_once("</svg>").map_or("", |(it, _)| it).trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_a_drawing_of_the_same_make() {
        for (name, file) in FILES {
            let head = r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">"#;
            assert!(file.starts_with(head), "{name}");
            let inner = drawing(file);
            assert!(
                inner.starts_with('<') && inner.ends_with("/>"),
                "{name}: {inner}"
            );
            assert!(
                !inner.contains("style") && !inner.contains("http"),
                "{name}: {inner}"
            );
        }
    }

    #[test]
    fn every_file_is_listed() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/icons");
        let files = std::fs::read_dir(folder).unwrap().count();
        assert_eq!(files, FILES.len());
    }
}
