#include "FaultySQLite.h"

#include <pthread.h>
#include <sqlite3.h>
#include <string.h>

typedef struct {
    char path[512];
    int operation, code, after, applies, fired;
} plan;

static plan plans[32];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static sqlite3_vfs faulty;
static sqlite3_vfs *standard;

// The default VFS's file lies behind this one in the same piece of memory.
typedef struct {
    sqlite3_file base;
    plan *plan;
    int is_wal;
} faulty_file;

static sqlite3_file *real(sqlite3_file *file) { return (sqlite3_file *)((faulty_file *)file + 1); }

static plan *find(const char *path, int exact) {
    for (size_t i = 0; path && i < sizeof plans / sizeof *plans; i++) {
        size_t length = strlen(plans[i].path);
        if (length > 0 && strncmp(plans[i].path, path, length) == 0 && (!exact || path[length] == 0)) return &plans[i];
    }
    return NULL;
}

/// The code to fail with, or SQLITE_OK.
static int fault(sqlite3_file *file, int operation, int *applies) {
    faulty_file *own = (faulty_file *)file;
    int code = SQLITE_OK;
    pthread_mutex_lock(&lock);
    if (own->is_wal && own->plan->operation == operation && own->plan->after-- == 0) {
        code = own->plan->code;
        *applies = own->plan->applies;
        own->plan->fired++;
    }
    pthread_mutex_unlock(&lock);
    return code;
}

static int x_close(sqlite3_file *f) { return real(f)->pMethods->xClose(real(f)); }
static int x_read(sqlite3_file *f, void *b, int n, sqlite3_int64 o) { return real(f)->pMethods->xRead(real(f), b, n, o); }

static int x_write(sqlite3_file *f, const void *bytes, int count, sqlite3_int64 offset) {
    int applies = 1;
    int code = fault(f, FAULTY_WRITE, &applies);
    int result = applies ? real(f)->pMethods->xWrite(real(f), bytes, count, offset) : SQLITE_OK;
    return code ? code : result;
}

static int x_sync(sqlite3_file *f, int flags) {
    int applies = 1;
    int code = fault(f, FAULTY_SYNC, &applies);
    int result = applies ? real(f)->pMethods->xSync(real(f), flags) : SQLITE_OK;
    return code ? code : result;
}

static int x_truncate(sqlite3_file *f, sqlite3_int64 n) { return real(f)->pMethods->xTruncate(real(f), n); }
static int x_size(sqlite3_file *f, sqlite3_int64 *n) { return real(f)->pMethods->xFileSize(real(f), n); }
static int x_lock(sqlite3_file *f, int l) { return real(f)->pMethods->xLock(real(f), l); }
static int x_unlock(sqlite3_file *f, int l) { return real(f)->pMethods->xUnlock(real(f), l); }
static int x_reserved(sqlite3_file *f, int *r) { return real(f)->pMethods->xCheckReservedLock(real(f), r); }
static int x_control(sqlite3_file *f, int o, void *a) { return real(f)->pMethods->xFileControl(real(f), o, a); }
static int x_sector(sqlite3_file *f) { return real(f)->pMethods->xSectorSize(real(f)); }
static int x_device(sqlite3_file *f) { return real(f)->pMethods->xDeviceCharacteristics(real(f)); }
static int x_shm_map(sqlite3_file *f, int p, int n, int e, void volatile **a) {
    return real(f)->pMethods->xShmMap(real(f), p, n, e, a);
}
static int x_shm_lock(sqlite3_file *f, int o, int n, int l) { return real(f)->pMethods->xShmLock(real(f), o, n, l); }
static void x_shm_barrier(sqlite3_file *f) { real(f)->pMethods->xShmBarrier(real(f)); }
static int x_shm_unmap(sqlite3_file *f, int d) { return real(f)->pMethods->xShmUnmap(real(f), d); }
static int x_fetch(sqlite3_file *f, sqlite3_int64 o, int n, void **p) { return real(f)->pMethods->xFetch(real(f), o, n, p); }
static int x_unfetch(sqlite3_file *f, sqlite3_int64 o, void *p) { return real(f)->pMethods->xUnfetch(real(f), o, p); }

static const sqlite3_io_methods methods = {
    3, x_close, x_read, x_write, x_truncate, x_sync, x_size, x_lock, x_unlock, x_reserved, x_control, x_sector,
    x_device, x_shm_map, x_shm_lock, x_shm_barrier, x_shm_unmap, x_fetch, x_unfetch,
};

static int x_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags, int *out) {
    (void)vfs;
    pthread_mutex_lock(&lock);
    plan *found = find(path, 0);
    pthread_mutex_unlock(&lock);
    if (!found) return standard->xOpen(standard, path, file, flags, out);
    faulty_file *own = (faulty_file *)file;
    own->plan = found;
    own->is_wal = (flags & SQLITE_OPEN_WAL) != 0;
    own->base.pMethods = NULL;
    int result = standard->xOpen(standard, path, real(file), flags, out);
    if (real(file)->pMethods) own->base.pMethods = &methods;
    return result;
}

static void install(void) {
    standard = sqlite3_vfs_find(NULL);
    faulty = *standard;
    faulty.pNext = NULL;
    faulty.zName = "faulty";
    faulty.szOsFile = (int)sizeof(faulty_file) + standard->szOsFile;
    faulty.xOpen = x_open;
    sqlite3_vfs_register(&faulty, 1);
}

void faulty_install(void) { pthread_once(&once, install); }

int faulty_watch(const char *path) {
    int found = 0;
    pthread_mutex_lock(&lock);
    for (size_t i = 0; !found && i < sizeof plans / sizeof *plans; i++) {
        if (plans[i].path[0] != 0 || strlen(path) >= sizeof plans[i].path) continue;
        memset(&plans[i], 0, sizeof plans[i]);
        strcpy(plans[i].path, path);
        found = 1;
    }
    pthread_mutex_unlock(&lock);
    return found;
}

void faulty_unwatch(const char *path) {
    pthread_mutex_lock(&lock);
    plan *found = find(path, 1);
    if (found) memset(found, 0, sizeof *found);
    pthread_mutex_unlock(&lock);
}

void faulty_arm(const char *path, int operation, int code, int after, int applies) {
    pthread_mutex_lock(&lock);
    plan *found = find(path, 1);
    if (found) {
        found->operation = operation;
        found->code = code;
        found->after = after;
        found->applies = applies;
    }
    pthread_mutex_unlock(&lock);
}

int faulty_count(const char *path) {
    pthread_mutex_lock(&lock);
    plan *found = find(path, 1);
    int count = found ? found->fired : 0;
    pthread_mutex_unlock(&lock);
    return count;
}
