#ifndef FAULTY_SQLITE_H
#define FAULTY_SQLITE_H

// SQLite's own way to the disk, with faults on demand: a VFS over the default one that makes a chosen write or sync
// of a chosen database fail. Files that nothing is planned for are opened by the default VFS as ever.
// See https://www.sqlite.org/vfs.html.

enum { FAULTY_WRITE = 1, FAULTY_SYNC = 2 };

/// Makes the faulty VFS the default for files that are opened from now on and whose path was watched before.
void faulty_install(void);

/// Files whose path begins so can be made to fail; before they are opened. Returns 0 when there is no room.
int faulty_watch(const char *path);
void faulty_unwatch(const char *path);

/// Lets `after` operations on the write-ahead log pass, and then fails one with a SQLite result code.
/// With `applies`, it is carried out all the same: it happened, but the caller is told it did not.
void faulty_arm(const char *path, int operation, int code, int after, int applies);

/// How many operations failed by now.
int faulty_count(const char *path);

#endif
