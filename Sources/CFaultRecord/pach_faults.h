#ifndef PACH_FAULTS_H
#define PACH_FAULTS_H

#include <stdint.h>

/// What the library `pachfaults` understands and writes. It is loaded in front of the C library (ld.so(8), LD_PRELOAD) of an unmodified
/// program, sees the file operations on paths below one folder, records them, and lets one fail or the process end there. Programs that
/// the process starts are left alone: `LD_PRELOAD` is taken out of the environment.
///
/// What is not seen: writes through memory maps. The only such file is SQLite's `-shm`, an index of the log that is built anew from it
/// after a crash (sqlite.org/walformat.html, "The WAL-Index File Format").

/// The folder, as an absolute path without links. Without it the library does nothing.
#define PACH_FAULTS_ROOT "PACH_FAULTS_ROOT"
/// A file to append records to; it must be outside of the folder.
#define PACH_FAULTS_RECORD "PACH_FAULTS_RECORD"
/// The number, from 1, of the operation at which something happens. One to which it cannot happen is passed over for the next.
#define PACH_FAULTS_AT "PACH_FAULTS_AT"
/// What happens there: `EIO`, `ENOSPC`, `EMFILE`, `EINTR`: it fails so; `short`: half of the bytes are read or written; `kill`: the process
/// ends before it (signal 9); `tear`: the same after half of a write.
#define PACH_FAULTS_DO "PACH_FAULTS_DO"
/// Set: it happens to all later operations too. EINTR and short counts then end after PACH_FAULTS_STORM of them, as no signal
/// interrupts for ever.
#define PACH_FAULTS_FOREVER "PACH_FAULTS_FOREVER"
/// Set: operations that read are not counted, and nothing happens to them.
#define PACH_FAULTS_WRITES "PACH_FAULTS_WRITES"
/// Only operations on paths with this text in them are counted.
#define PACH_FAULTS_PATH "PACH_FAULTS_PATH"
/// Only operations of this kind are counted: a letter of `enum pach_faults_kind`.
#define PACH_FAULTS_KIND "PACH_FAULTS_KIND"
/// Operations are counted only once this file exists.
#define PACH_FAULTS_WHEN "PACH_FAULTS_WHEN"
/// A number from which all random ones that the program draws follow, so that two runs draw the same.
#define PACH_FAULTS_SEED "PACH_FAULTS_SEED"
/// The time of day, in seconds since 1970, at which it stands still. Clocks that only measure how long something takes go on.
#define PACH_FAULTS_TIME "PACH_FAULTS_TIME"

enum { PACH_FAULTS_STORM = 64 };

enum pach_faults_kind {
    PACH_FAULTS_OPEN = 'o',
    PACH_FAULTS_READ = 'r',
    PACH_FAULTS_WRITE = 'w',
    /// The file's new size is `offset`.
    PACH_FAULTS_TRUNCATE = 't',
    /// Of a file or a folder.
    PACH_FAULTS_SYNC = 's',
    PACH_FAULTS_RENAME = 'm',
    PACH_FAULTS_LINK = 'l',
    PACH_FAULTS_UNLINK = 'u',
    PACH_FAULTS_MKDIR = 'd',
    PACH_FAULTS_RMDIR = 'x',
    /// Written by whoever reads the record, between what two processes did; the library does not.
    PACH_FAULTS_MARK = '!',
};

enum pach_faults_flags {
    /// The file was not there before.
    PACH_FAULTS_CREATED = 1,
    /// The file had its content cut to nothing.
    PACH_FAULTS_TRUNCATED = 2,
    /// What happened to the operation was our doing.
    PACH_FAULTS_INJECTED = 4,
    /// It may change what is on the disk, or whether that is durable.
    PACH_FAULTS_CHANGES = 8,
};

/// What begins a record. The path, the other path, and the data follow. Numbers have the machine's order of bytes.
struct pach_faults_record {
    uint8_t kind;
    uint8_t flags;
    uint16_t path_length;
    uint16_t other_path_length;
    uint16_t reserved;
    /// `errno` where it failed, else 0.
    int32_t error;
    /// The operation's number; 0 where it was not counted.
    uint32_t number;
    uint64_t inode;
    int64_t offset;
    /// Bytes of data behind the paths.
    uint64_t data_length;
};

#endif
