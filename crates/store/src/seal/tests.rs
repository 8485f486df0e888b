use super::*;
use trackway_model::{Nature, StreamDef};

const STREAM: StreamId = StreamId(9);
static STREAMS: &[StreamDef] = &[StreamDef {
    id: STREAM,
    dialect: "sample",
    name: "s",
    nature: Nature::News,
    rank: 0,
}];
const SAMPLE: &[u8] = br#"{"Status":"Delivered","StatusName":"Successful delivery","DelayNotes":"","Mailman":"","Location":"Ha Noi"}"#;

fn sealer() -> Sealer {
    let dictionaries = [Dictionary {
        number: 1,
        dialect: "sample",
        sample: SAMPLE,
    }];
    let streams = StreamTable(STREAMS);
    Sealer::create(
        MasterKey::new([7; 32]),
        Arc::new(SystemEntropy),
        streams,
        &dictionaries,
    )
    .0
}

fn what() -> SealedAs {
    SealedAs {
        id: StatementId([3; 16]),
        member_hash: 5,
        received: 7,
    }
}

fn seal(sealer: &Sealer, key: &TrackKey, raw: &[u8]) -> Vec<u8> {
    let (mut packed, mut out) = (Vec::new(), Vec::new());
    let codec = sealer.pack(STREAM, raw, &mut packed);
    sealer.seal_statement(
        &key.cipher(),
        what(),
        Packed {
            codec,
            bytes: &packed,
        },
        &mut out,
    );
    out
}

#[test]
fn a_statement_opens_under_its_own_key_only() {
    let sealer = sealer();
    let (key, _) = sealer.new_track_key();
    let (other, _) = sealer.new_track_key();
    for raw in [b"".to_vec(), b"short".to_vec(), SAMPLE.repeat(4)] {
        let sealed = seal(&sealer, &key, &raw);
        assert_eq!(
            sealer.open_statement(&key.cipher(), what(), &sealed),
            Some(raw)
        );
        assert_eq!(
            sealer.open_statement(&other.cipher(), what(), &sealed),
            None
        );
    }
}

#[test]
fn a_dictionary_makes_a_long_statement_short() {
    let sealer = sealer();
    let (key, _) = sealer.new_track_key();
    let raw = SAMPLE.repeat(3);
    assert!(seal(&sealer, &key, &raw).len() < raw.len() / 3);
}

#[test]
fn what_an_older_dictionary_packed_stays_readable() {
    let old = sealer();
    let mut packed = Vec::new();
    let codec = old.pack(STREAM, &SAMPLE.repeat(3), &mut packed);
    let newer = Packer::new(
        StreamTable(STREAMS),
        &[
            Dictionary {
                number: 1,
                dialect: "sample",
                sample: SAMPLE,
            },
            Dictionary {
                number: 2,
                dialect: "sample",
                sample: b"another sample of the same dialect",
            },
        ],
    );
    assert_eq!(newer.unpack(codec, packed), Some(SAMPLE.repeat(3)));
    assert_eq!(
        newer.pack_statement(STREAM, &SAMPLE.repeat(3), &mut Vec::new()),
        2
    );
}

#[test]
fn documents_and_secrets_return_and_resist_change() {
    let sealer = sealer();
    let (key, wrapped) = sealer.new_track_key();
    assert_eq!(sealer.track_key(&wrapped).unwrap(), key);
    assert_eq!(wrapped.len(), WRAPPED_LEN);
    let body = SAMPLE.repeat(50);
    let mut sealed = sealer.seal_document(&key, STREAM, &body);
    assert_eq!(sealer.open_document(&key, &sealed), Some(body));
    *sealed.last_mut().unwrap() ^= 1;
    assert_eq!(sealer.open_document(&key, &sealed), None);
    let secret = sealer.seal_secret("key.secret", b"s3cret");
    assert_eq!(
        sealer.open_secret("key.secret", &secret).unwrap(),
        b"s3cret"
    );
    assert!(sealer.open_secret("key.password", &secret).is_err());
}

#[test]
fn another_master_key_opens_nothing_and_the_right_one_gives_the_same_ids() {
    let streams = StreamTable(STREAMS);
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
    let (sealer, wrapped) = Sealer::create(MasterKey::new([7; 32]), entropy.clone(), streams, &[]);
    let another = MasterKey::new([8; 32]);
    let refused = Sealer::open(another, entropy.clone(), &wrapped, streams, &[]);
    assert!(matches!(refused, Err(StoreError::WrongKey)));
    let reopened = Sealer::open(MasterKey::new([7; 32]), entropy, &wrapped, streams, &[]).unwrap();
    assert_eq!(
        reopened.installation().digest(b"x"),
        sealer.installation().digest(b"x")
    );
}

#[test]
fn a_key_file_is_made_once_and_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("master.key");
    let (made, new) = MasterKey::load_or_create(&path, &SystemEntropy).unwrap();
    let (read, again) = MasterKey::load_or_create(&path, &SystemEntropy).unwrap();
    assert!(new && !again);
    let wrapped = made.wrap(&SystemEntropy, &[1; 32], b"x");
    assert_eq!(read.unwrap(&wrapped, b"x").unwrap(), [1; 32]);
    assert!(MasterKey::create(&path, &SystemEntropy).is_err());
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::mode(&path.metadata().unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
    }
    assert!(MasterKey::parse(b"not hex").is_err());
}
