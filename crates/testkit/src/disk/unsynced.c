/* Keeps of every file in a folder what was written to it since it was last flushed, so that a power
 * cut can take it back: see disk.rs. Loaded into the server before the C library (LD_PRELOAD).
 *
 * Before a write or a cut of a file takes place, a record of it is in the file's journal: where, the
 * size before, the bytes before, the bytes after. A flush empties the journal, unless the disk is
 * one that only claims to flush. The journals are written through the kernel, so they survive the
 * process. Files of shared memory (-shm) are not the disk's.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

struct record {
    uint64_t path_length, at, size_before, length_before, length_after, size_cut_to, is_cut;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const char *folder, *journals;
static int flushes;

__attribute__((constructor)) static void begin(void) {
    const char *claim = getenv("DISK_FLUSH");
    folder = getenv("DISK_FOLDER");
    journals = getenv("DISK_JOURNALS");
    flushes = claim && strcmp(claim, "real") == 0;
    if (!journals) folder = NULL;
}

/* Whether a file is the disk's, and under which name. */
static int is_ours(int file, struct stat *is, char path[PATH_MAX]) {
    char link[64];
    if (!folder || fstat(file, is) != 0 || !S_ISREG(is->st_mode) || is->st_nlink == 0) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    if (length < 0) return 0;
    path[length] = 0;
    size_t prefix = strlen(folder);
    if (strncmp(path, folder, prefix) != 0 || path[prefix] != '/') return 0;
    return length < 4 || strcmp(path + length - 4, "-shm") != 0;
}

static int journal_of(const struct stat *is, int flags) {
    char name[PATH_MAX];
    snprintf(name, sizeof name, "%s/%llu", journals, (unsigned long long)is->st_ino);
    return (int)syscall(SYS_openat, AT_FDCWD, name, flags | O_CLOEXEC, 0600);
}

static void put(int journal, const void *bytes, size_t length) {
    while (length > 0) {
        ssize_t done = syscall(SYS_write, journal, bytes, length);
        if (done <= 0) abort(); /* the test would prove nothing */
        bytes = (const char *)bytes + done;
        length -= (size_t)done;
    }
}

/* Writes down what is about to happen to a file. */
static void note(const struct stat *is, const char *path, uint64_t at, const void *after,
                 uint64_t length, int is_cut) {
    uint64_t size = (uint64_t)is->st_size;
    uint64_t end = is_cut ? size : at + length;
    uint64_t before = end < size ? end : size;
    before = before > at ? before - at : 0;
    struct record record = {strlen(path), at, size, before, is_cut ? 0 : length, at, (uint64_t)is_cut};
    char *old = malloc(before ? before : 1);
    /* The file may be open for writing alone. */
    int reader = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    if (!old || reader < 0) abort();
    for (uint64_t have = 0; have < before;) {
        ssize_t more = syscall(SYS_pread64, reader, old + have, before - have, at + have);
        if (more <= 0) abort();
        have += (uint64_t)more;
    }
    int journal = journal_of(is, O_WRONLY | O_CREAT | O_APPEND);
    if (journal < 0) abort();
    put(journal, &record, sizeof record);
    put(journal, path, record.path_length);
    put(journal, old, before);
    put(journal, after, record.length_after);
    close(journal);
    close(reader);
    free(old);
}

static ssize_t write_at(int file, const void *bytes, size_t length, off_t at, int is_placed) {
    struct stat is;
    char path[PATH_MAX];
    int before = errno;
    int ours = is_ours(file, &is, path);
    errno = before;
    ssize_t done;
    if (ours) {
        pthread_mutex_lock(&lock);
        if (fstat(file, &is) != 0) abort();
        if (!is_placed) {
            int is_appending = fcntl(file, F_GETFL) & O_APPEND;
            at = is_appending ? is.st_size : lseek(file, 0, SEEK_CUR);
        }
        note(&is, path, (uint64_t)at, bytes, length, 0);
        errno = before;
    }
    done = is_placed ? syscall(SYS_pwrite64, file, bytes, length, at)
                     : syscall(SYS_write, file, bytes, length);
    if (ours) pthread_mutex_unlock(&lock);
    return done;
}

ssize_t write(int file, const void *bytes, size_t length) {
    return write_at(file, bytes, length, 0, 0);
}

ssize_t pwrite(int file, const void *bytes, size_t length, off_t at) {
    return write_at(file, bytes, length, at, 1);
}

ssize_t pwrite64(int file, const void *bytes, size_t length, off64_t at) {
    return write_at(file, bytes, length, at, 1);
}

static int cut(int file, off_t size) {
    struct stat is;
    char path[PATH_MAX];
    int before = errno;
    int ours = is_ours(file, &is, path);
    if (ours) {
        pthread_mutex_lock(&lock);
        if (fstat(file, &is) != 0) abort();
        note(&is, path, (uint64_t)size, NULL, 0, 1);
    }
    errno = before;
    int done = (int)syscall(SYS_ftruncate, file, size);
    if (ours) pthread_mutex_unlock(&lock);
    return done;
}

int ftruncate(int file, off_t size) { return cut(file, size); }

int ftruncate64(int file, off64_t size) { return cut(file, size); }

/* Nothing is written to the disk's files meanwhile, so what is forgotten is what was flushed. */
static int flush(int file, long how) {
    struct stat is;
    char path[PATH_MAX];
    int before = errno;
    int ours = is_ours(file, &is, path);
    errno = before;
    if (!ours) return (int)syscall(how, file);
    if (!flushes) return 0;
    pthread_mutex_lock(&lock);
    int done = (int)syscall(how, file);
    if (done == 0) {
        int journal = journal_of(&is, O_WRONLY | O_TRUNC);
        if (journal >= 0) close(journal);
        errno = before;
    }
    pthread_mutex_unlock(&lock);
    return done;
}

int fsync(int file) { return flush(file, SYS_fsync); }

int fdatasync(int file) { return flush(file, SYS_fdatasync); }
