//! A disk that forgets what was not flushed.
//!
//! `kill -9` leaves what a process wrote in the kernel's memory, so it can't show whether anything
//! was flushed; a power cut can. This layer lies between the real server and its data folder: a small
//! library, loaded before the C library, writes down what every write changes, and forgets that when
//! the file is flushed. [`Disk::lose_power`] takes back what was not: all of it, or what the seed
//! draws, since a disk may have written any part of it, in any order.
//!
//! With [`Flush::Skipped`] a flush succeeds and does nothing, as in a build that forgot it; all that
//! was written since the server's start is then lost with the power.
//!
//! Contract: the folder exists, nobody else writes to it while a server runs with [`Disk::envs`], and
//! the power is lost only when that server is dead. Covered are the contents and the sizes of files
//! as SQLite writes them; that a file exists is taken as durable. Needs `cc` and Linux.

use crate::soak::Draw;
use anyhow::{Context, bail, ensure};
use parking_lot::Mutex;
use std::ffi::OsString;
use std::fs::{File, OpenOptions, read, read_dir, remove_file};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tempfile::TempDir;

const SOURCE: &str = include_str!("disk/unsynced.c");
/// Files of shared memory.
const SHARED: &str = "-shm";
/// Of so many power cuts, one loses everything that was not flushed.
const WHOLE: u64 = 3;

/// What a flush does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flush {
    Real,
    /// Claims success.
    Skipped,
}

/// The disk under one folder.
#[derive(Debug)]
pub struct Disk {
    folder: PathBuf,
    flush: Flush,
    /// The library and the journals.
    own: TempDir,
    draw: Mutex<Draw>,
}

/// What a power cut took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Loss {
    /// Writes that were not flushed.
    pub unflushed: u64,
    /// Of these, those that are gone.
    pub lost: u64,
}

impl Disk {
    /// A disk under a folder; `seed` decides what of an unflushed write survives.
    pub async fn under(folder: &Path, flush: Flush, seed: u64) -> anyhow::Result<Self> {
        let own = tempfile::tempdir()?;
        let source = own.path().join("unsynced.c");
        std::fs::write(&source, SOURCE)?;
        std::fs::create_dir(own.path().join("journals"))?;
        let disk = Self {
            folder: folder.canonicalize()?,
            flush,
            own,
            draw: Mutex::new(Draw(seed)),
        };
        let built = tokio::process::Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"])
            .arg(disk.library())
            .arg(&source)
            .arg("-lpthread")
            .stdin(Stdio::null())
            .output()
            .await
            .context("run cc, which builds the layer that drops unflushed writes")?;
        let said = String::from_utf8_lossy(&built.stderr);
        ensure!(built.status.success(), "cc: {said}");
        Ok(disk)
    }

    fn library(&self) -> PathBuf {
        self.own.path().join("unsynced.so")
    }

    fn journals(&self) -> PathBuf {
        self.own.path().join("journals")
    }

    /// The environment that puts a server on this disk.
    pub fn envs(&self) -> [(&'static str, OsString); 4] {
        let flush = match self.flush {
            Flush::Real => "real",
            Flush::Skipped => "skipped",
        };
        [
            ("LD_PRELOAD", self.library().into()),
            ("DISK_FOLDER", self.folder.clone().into()),
            ("DISK_JOURNALS", self.journals().into()),
            ("DISK_FLUSH", flush.into()),
        ]
    }

    /// Takes back what was not flushed. The server must be dead.
    pub fn lose_power(&self) -> anyhow::Result<Loss> {
        let mut draw = self.draw.lock();
        // Parts of what nobody ever flushed are no state that a file can be in.
        let is_whole = self.flush == Flush::Skipped || draw.below(WHOLE) == 0;
        let mut loss = Loss::default();
        for journal in read_dir(self.journals())? {
            let journal = journal?.path();
            let writes = Write::all(&read(&journal)?)?;
            if let Some(file) = opened(&journal, &writes)? {
                loss.unflushed += writes.len() as u64;
                for write in writes.iter().rev() {
                    write.take_back(&file)?;
                }
                for write in &writes {
                    if is_whole || draw.below(2) == 0 {
                        loss.lost += 1;
                    } else {
                        write.repeat(&file)?;
                    }
                }
            }
            remove_file(&journal)?;
        }
        for file in read_dir(&self.folder)? {
            let path = file?.path();
            if path.to_string_lossy().ends_with(SHARED) {
                remove_file(path)?;
            }
        }
        Ok(loss)
    }
}

/// The file that a journal, named by the file's inode, is about; None where it is gone.
fn opened(journal: &Path, writes: &[Write]) -> anyhow::Result<Option<File>> {
    let Some(path) = writes.first().map(|write| &write.path) else {
        return Ok(None);
    };
    let file = match OpenOptions::new().read(true).write(true).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| path.display().to_string()),
    };
    let inode = file.metadata()?.ino().to_string();
    Ok(journal.ends_with(inode).then_some(file))
}

/// One write or cut, as the layer wrote it down.
#[derive(Debug)]
struct Write {
    path: PathBuf,
    at: u64,
    size_before: u64,
    before: Vec<u8>,
    after: Vec<u8>,
    cut_to: Option<u64>,
}

impl Write {
    /// A journal's, in their order. The last one may be cut off: then it did not take place.
    fn all(mut journal: &[u8]) -> anyhow::Result<Vec<Self>> {
        let mut all = Vec::new();
        while let Some((head, rest)) = journal.split_first_chunk::<56>() {
            let mut numbers = [0; 7];
            for (number, bytes) in numbers.iter_mut().zip(head.chunks_exact(8)) {
                *number = u64::from_ne_bytes(bytes.try_into()?);
            }
            let [path, at, size_before, before, after, cut_to, is_cut] = numbers;
            if is_cut > 1 {
                bail!("a damaged journal of unflushed writes");
            }
            let mut rest = rest;
            let mut piece = |length: u64| {
                let (piece, behind) = rest.split_at_checked(usize::try_from(length).ok()?)?;
                rest = behind;
                Some(piece.to_vec())
            };
            let Some(((path, before), after)) = piece(path).zip(piece(before)).zip(piece(after))
            else {
                break;
            };
            all.push(Self {
                path: String::from_utf8(path)?.into(),
                at,
                size_before,
                before,
                after,
                cut_to: (is_cut == 1).then_some(cut_to),
            });
            journal = rest;
        }
        Ok(all)
    }

    fn take_back(&self, file: &File) -> io::Result<()> {
        file.write_all_at(&self.before, self.at)?;
        file.set_len(self.size_before)
    }

    fn repeat(&self, file: &File) -> io::Result<()> {
        match self.cut_to {
            Some(size) => file.set_len(size),
            None => file.write_all_at(&self.after, self.at),
        }
    }
}
