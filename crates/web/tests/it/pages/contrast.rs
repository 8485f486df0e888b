//! Every two colours that meet on a page are apart enough for people to read (WCAG 2.2, AA).

use std::collections::BTreeMap;

const CSS: &str = include_str!("../../../assets/base.css");
const TONES: [&str; 6] = ["calm", "good", "wait", "bad", "back", "quiet"];

/// The colours that a block sets, by name.
fn colours(block: &str) -> BTreeMap<&str, [u8; 3]> {
    block
        .lines()
        .filter_map(|line| line.trim().strip_prefix("--")?.split_once(": #"))
        .map(|(name, value)| {
            let hex = hex::decode(value.trim_end_matches(';')).unwrap();
            (name, hex.try_into().unwrap())
        })
        .collect()
}

/// The colours of each look, by the rule that sets them.
fn looks() -> [(&'static str, BTreeMap<&'static str, [u8; 3]>); 2] {
    let block = |from: &str| {
        let rest = &CSS[CSS.find(from).unwrap()..];
        &rest[..rest.find('}').unwrap()]
    };
    let dark = block("@media (prefers-color-scheme: dark)");
    [
        ("light", colours(block(":root {"))),
        ("dark", colours(dark)),
    ]
}

fn luminance(colour: [u8; 3]) -> f64 {
    let [red, green, blue] = colour.map(|part| {
        let part = f64::from(part) / 255.0;
        if part <= 0.04045 {
            part / 12.92
        } else {
            ((part + 0.055) / 1.055).powf(2.4)
        }
    });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

fn contrast(a: [u8; 3], b: [u8; 3]) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[test]
fn words_stand_out_from_what_is_below_them() {
    assert!((contrast([0; 3], [255; 3]) - 21.0).abs() < 1e-9);
    for (look, colours) in looks() {
        let mut pairs = vec![
            ("ink", "ground"),
            ("ink", "surface"),
            ("ink", "quiet-soft"),
            ("muted", "ground"),
            ("muted", "surface"),
            ("link", "surface"),
            ("link", "ground"),
        ];
        let softs = TONES.map(|tone| (tone, format!("{tone}-soft")));
        for (tone, soft) in &softs {
            // Chips; reasons on the card and beside the timeline.
            pairs.extend([(*tone, soft.as_str()), (tone, "surface"), (tone, "ground")]);
        }
        for (above, below) in pairs {
            let found = contrast(colours[above], colours[below]);
            assert!(found >= 4.5, "{look}: {above} on {below} is {found:.2}");
        }
    }
}

#[test]
fn signs_and_the_focus_stand_out() {
    for (look, colours) in looks() {
        for below in ["ground", "surface"] {
            let found = contrast(colours["focus"], colours[below]);
            assert!(found >= 3.0, "{look}: focus on {below} is {found:.2}");
        }
        for tone in TONES {
            // Icons on a full tone, and the bar of steps beside what is still ahead.
            let found = contrast(colours["surface"], colours[tone]);
            assert!(found >= 3.0, "{look}: an icon on {tone} is {found:.2}");
            let found = contrast(colours["line"], colours[tone]);
            assert!(found >= 3.0, "{look}: {tone} beside the line is {found:.2}");
        }
    }
}

#[test]
fn the_dark_look_sets_every_colour_of_the_light_one() {
    let [(_, light), (_, dark)] = looks();
    assert!(light.keys().eq(dark.keys()));
    assert!(light.len() > 15, "{}", light.len());
}

/// Other rules name colours by their variables only, so that the pairs above are all there are.
#[test]
fn no_other_rule_has_a_colour_of_its_own() {
    let page = include_str!("../../../assets/tracking.css");
    let print = CSS.find("@media print").unwrap();
    let after = CSS.find("*,\n").unwrap();
    for text in [page, &CSS[after..print]] {
        for sign in ["#", "rgb", "hsl", "white", "black"] {
            let line = text.lines().find(|line| {
                line.split_once(": ")
                    .is_some_and(|(_, value)| value.contains(sign))
            });
            assert_eq!(
                line.filter(|line| !line.contains("white-space")),
                None,
                "{sign}"
            );
        }
    }
}
