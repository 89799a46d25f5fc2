// Tells the thread sanitizer what it cannot see: Synchronization.Mutex takes its slow path, where threads wait for each other, in a library
// of the toolchain that is not built for the sanitizer; without this each hand-over of a contended lock is reported as a race. The fast path
// is compiled into our own code, and is seen. These functions stand in front of the library's, which they call.
#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context))
#define LOCK_SLOW "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define TRY_LOCK_SLOW "$s15Synchronization12_MutexHandleV12_tryLockSlowSbyF"
#define UNLOCK_SLOW "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

void __tsan_acquire(void *address);
void __tsan_release(void *address);

SWIFT void pach_lock_slow(uint32_t thread, SELF void *mutex) __asm__(LOCK_SLOW);
SWIFT bool pach_try_lock_slow(SELF void *mutex) __asm__(TRY_LOCK_SLOW);
SWIFT void pach_unlock_slow(SELF void *mutex) __asm__(UNLOCK_SLOW);

typedef SWIFT void (*lock_function)(uint32_t, SELF void *);
typedef SWIFT bool (*try_lock_function)(SELF void *);
typedef SWIFT void (*unlock_function)(SELF void *);

static lock_function lock_slow;
static try_lock_function try_lock_slow;
static unlock_function unlock_slow;

__attribute__((constructor)) static void find(void) {
    lock_slow = (lock_function)dlsym(RTLD_NEXT, LOCK_SLOW);
    try_lock_slow = (try_lock_function)dlsym(RTLD_NEXT, TRY_LOCK_SLOW);
    unlock_slow = (unlock_function)dlsym(RTLD_NEXT, UNLOCK_SLOW);
}

SWIFT void pach_lock_slow(uint32_t thread, SELF void *mutex) {
    lock_slow(thread, mutex);
    __tsan_acquire(mutex);
}

SWIFT bool pach_try_lock_slow(SELF void *mutex) {
    bool is_locked = try_lock_slow(mutex);
    if (is_locked) __tsan_acquire(mutex);
    return is_locked;
}

SWIFT void pach_unlock_slow(SELF void *mutex) {
    __tsan_release(mutex);
    unlock_slow(mutex);
}
