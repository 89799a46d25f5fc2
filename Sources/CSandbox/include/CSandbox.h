/// What Swift cannot do for the sandboxes of workers: the supervisor that is process 1 inside a sandbox, the messages
/// that it and the engine exchange, the start of a sandbox from a process with many threads, and the emptying of
/// folders that hostile code has filled.
///
/// Linux only. Functions report failure as an `errno` value, never by printing.
#ifndef PACH_CSANDBOX_H
#define PACH_CSANDBOX_H

#include "pach_folder.h"
#include "pach_protocol.h"
#include "pach_spawn.h"
#include "pach_streams.h"
#include "pach_supervisor.h"

#endif
