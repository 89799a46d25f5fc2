#ifndef PACH_CSTATFS_SHIM_H
#define PACH_CSTATFS_SHIM_H

#include <sys/statfs.h>

#endif
