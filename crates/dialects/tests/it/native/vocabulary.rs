//! The native codes are our milestones and reasons by name, all of them.

use trackway_dialects::Dialect;
use trackway_dialects::native::Native;
use trackway_model::vocabulary::{Fidelity, Vocabulary};
use trackway_model::{CodeKind, Milestone, Reason, Standing};

#[test]
fn every_milestone_and_every_reason_is_its_own_code() {
    let vocabulary = Vocabulary::parse(Native.codes()).unwrap();
    for milestone in Milestone::ALL {
        assert_eq!(
            vocabulary.read(CodeKind::Event, milestone.name(), ""),
            (*milestone, Reason::None)
        );
        let (row, fidelity) = vocabulary.tell(CodeKind::Event, *milestone);
        assert_eq!(
            (row.unwrap().code.as_str(), fidelity),
            (milestone.name(), Fidelity::Exact)
        );
        assert_eq!(row.unwrap().text, milestone.text());
    }
    for reason in Reason::ALL {
        let (row, fidelity) = vocabulary.tell_reason(*reason);
        assert_eq!(
            (row.unwrap().code.as_str(), fidelity),
            (reason.name(), Fidelity::Exact)
        );
        assert_eq!(row.unwrap().text, reason.text());
    }
    for standing in Standing::ALL {
        let row = vocabulary.tell_standing(CodeKind::Registration, *standing);
        assert_eq!(row.unwrap().code, standing.name());
    }
    assert_eq!(
        vocabulary.rows().len(),
        Milestone::ALL.len() + Reason::ALL.len() + Standing::ALL.len()
    );
}
