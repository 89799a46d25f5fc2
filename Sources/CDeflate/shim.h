#ifndef PACH_CDEFLATE_SHIM_H
#define PACH_CDEFLATE_SHIM_H

#include <libdeflate.h>

#endif
