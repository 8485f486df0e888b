//! A few hundred addresses as people write them. The rules were made for two lines of three; the third
//! tells how good they are.

use trackway_model::address::{Epoch, Unit, parse};

const SPELLINGS: &str = include_str!("spellings.tsv");

struct Spelling {
    epoch: Option<Epoch>,
    codes: String,
    street: &'static str,
    text: &'static str,
}

fn spellings() -> Vec<Spelling> {
    let lines = SPELLINGS.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let [epoch, codes, street, text] = *line.split('\t').collect::<Vec<_>>() else {
                panic!("{line}")
            };
            Spelling {
                epoch: (epoch != "-").then(|| epoch.parse().unwrap()),
                codes: codes.to_owned(),
                street,
                text,
            }
        })
        .collect()
}

impl Spelling {
    /// What is wrong about what was read; None: nothing.
    fn wrong(&self) -> Option<String> {
        let parsed = parse(self.text, self.epoch);
        let units = [parsed.province, parsed.district, parsed.ward];
        let codes: Vec<String> = units.into_iter().flatten().map(Unit::code_text).collect();
        let (codes, street) = (codes.join("/"), parsed.street);
        let is_right = codes == self.codes && street == self.street;
        (!is_right).then(|| {
            let (text, wanted, wanted_street) = (self.text, &self.codes, self.street);
            format!("{text}: {codes} `{street}`, not {wanted} `{wanted_street}`")
        })
    }
}

/// Every third.
fn is_held(at: usize) -> bool {
    at % 3 == 2
}

fn judge(held: bool) -> (usize, Vec<String>) {
    let all = spellings();
    let part = || {
        all.iter()
            .enumerate()
            .filter(|(at, _)| is_held(*at) == held)
    };
    let wrong = part()
        .filter_map(|(_, spelling)| spelling.wrong())
        .collect();
    (part().count(), wrong)
}

#[test]
fn the_spellings_that_the_rules_were_made_for_are_right() {
    let (count, wrong) = judge(false);
    assert!(
        count > 200 && wrong.is_empty(),
        "{} of {count}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn of_the_others_no_more_than_one_in_a_hundred_is_wrong() {
    let (count, wrong) = judge(true);
    println!("{} of {count} wrong: {wrong:?}", wrong.len());
    assert!(
        count > 100 && wrong.len() * 100 <= count,
        "{} of {count}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
