/// What is done in a folder that hostile code has filled: opening what lies there, and emptying it.
#ifndef PACH_FOLDER_H
#define PACH_FOLDER_H

/// Opens the folder `name` of the open folder `parent` (or `AT_FDCWD`) for reading, without following a link.
///
/// One whose permissions forbid that to its owner is given mode 0700 first. Returns 0 and a close-on-exec descriptor in
/// `folder`, or an `errno` value (`ENOTDIR` or `ELOOP` when it is a link or a file).
int pach_open_folder(int parent, const char *name, int *folder);

/// Opens `name` of the open folder `parent` for reading, without following a link and without waiting. It may be anything but a
/// link: the caller looks at what it opened.
///
/// A file whose permissions forbid that to its owner is given mode 0600 first. Returns 0 and a close-on-exec descriptor in
/// `file`, or an `errno` value (`ELOOP` when it is a link).
int pach_open_file(int parent, const char *name, int *file);

/// Removes everything in the open folder `folder`, but not the folder itself. Blocks.
///
/// Never follows a link, never leaves the tree and never enters another file system. Folders without permissions are
/// opened up first; files are unlinked and never changed, since they may be hard links to something that matters.
/// Depth is no concern: open files, stack and memory stay bounded, because folders that lie deep are moved to the top.
/// Nothing else may write into the tree meanwhile. Returns 0, or the `errno` value of the first thing that could not
/// be removed (`EXDEV` for another file system mounted inside).
int pach_empty_folder(int folder);

/// Removes the extended attributes (access lists and labels of users among them) of the open file or folder `file`, as
/// far as the caller may. What remains (security labels) is the system's own.
void pach_clear_attributes(int file);

#endif
