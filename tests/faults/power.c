/* Stands between processes and the file system, and keeps apart what a power cut would leave.
 *
 * Loaded by LD_PRELOAD into every process that is started under POWER_ROOT's watch. When a file or
 * a folder below POWER_ROOT is synced, what is in it at that moment is put into POWER_KEPT: the
 * content of a file, or the names in a folder and which inode each stands for. What is never synced
 * is never kept; what is there when the power goes is still to be seen in POWER_ROOT. Nothing but
 * fsync and fdatasync makes anything durable here: sync, syncfs, msync, sync_file_range and O_SYNC
 * do not, which loses more than a real disk would.
 *
 * An inode is named by what it is, its number and the time it was made: numbers are given again.
 */
#define _GNU_SOURCE
#include <alloca.h>
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NAME 64
#define PASSED 3

extern char **environ;

static int (*real_execve)(const char *, char *const[], char *const[]);
static int (*real_execvpe)(const char *, char *const[], char *const[]);
static char root[PATH_MAX], kept[PATH_MAX];
static char passed[PASSED][PATH_MAX + 32];
static const char *names[PASSED] = {"LD_PRELOAD", "POWER_ROOT", "POWER_KEPT"};
static unsigned long turn;

__attribute__((constructor)) static void begin(void)
{
    real_execve = dlsym(RTLD_NEXT, "execve");
    real_execvpe = dlsym(RTLD_NEXT, "execvpe");
    for (int i = 0; i < PASSED; i++)
        if (getenv(names[i]))
            snprintf(passed[i], sizeof passed[i], "%s=%s", names[i], getenv(names[i]));
    if (getenv("POWER_ROOT"))
        snprintf(root, sizeof root, "%s", getenv("POWER_ROOT"));
    if (getenv("POWER_KEPT"))
        snprintf(kept, sizeof kept, "%s", getenv("POWER_KEPT"));
}

/* The name of an inode; -1 where the file system does not say when it was made. */
static int name_of(int folder, const char *path, int flags, char *name)
{
    struct statx found;
    if (statx(folder, path, flags | AT_SYMLINK_NOFOLLOW, STATX_TYPE | STATX_INO | STATX_BTIME, &found) != 0)
        return -1;
    if (!(found.stx_mask & STATX_BTIME)) {
        errno = ENOTSUP;
        return -1;
    }
    snprintf(name, NAME, "%s-%llx-%llx.%x", S_ISDIR(found.stx_mode) ? "folder" : "file",
             (unsigned long long)found.stx_ino, (unsigned long long)found.stx_btime.tv_sec,
             found.stx_btime.tv_nsec);
    return 0;
}

static int copy(int from, int to)
{
    char piece[65536];
    off_t at = 0;
    ssize_t size;
    while ((size = pread(from, piece, sizeof piece, at)) > 0) {
        if (write(to, piece, size) != size)
            return -1;
        at += size;
    }
    return size < 0 ? -1 : 0;
}

static int list(int folder, int to)
{
    char inode[NAME], line[NAME + NAME_MAX + 8];
    int again = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *open_folder = again < 0 ? NULL : fdopendir(again);
    struct dirent *entry;
    int result = open_folder ? 0 : -1;
    while (result == 0 && (entry = readdir(open_folder))) {
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
            continue;
        if (name_of(folder, entry->d_name, 0, inode) != 0) {
            result = errno == ENOENT ? 0 : -1;
            continue;
        }
        int size = snprintf(line, sizeof line, "%s %s\n", inode, entry->d_name);
        result = write(to, line, size) == size ? 0 : -1;
    }
    if (open_folder)
        closedir(open_folder);
    return result;
}

/* Keeps one file or folder as it is now. */
static int keep(int descriptor, int is_folder)
{
    char inode[NAME], work[PATH_MAX + 2 * NAME], place[PATH_MAX + 2 * NAME], lock[PATH_MAX + NAME];
    if (name_of(descriptor, "", AT_EMPTY_PATH, inode) != 0)
        return -1;
    snprintf(lock, sizeof lock, "%s/lock", kept);
    snprintf(place, sizeof place, "%s/%s", kept, inode);
    int held = open(lock, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    /* One after the other: an older content must not be put over a newer one. */
    if (held < 0 || flock(held, LOCK_EX) != 0)
        return -1;
    snprintf(work, sizeof work, "%s/work-%d-%lu", kept, getpid(),
             __atomic_add_fetch(&turn, 1, __ATOMIC_RELAXED));
    int to = open(work, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
    int result = to < 0 ? -1 : is_folder ? list(descriptor, to) : copy(descriptor, to);
    if (to >= 0)
        close(to);
    if (result == 0)
        result = rename(work, place);
    close(held);
    return result;
}

static int is_below(int descriptor)
{
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t size = readlink(link, path, sizeof path - 1);
    if (!root[0] || size < 0)
        return 0;
    path[size] = 0;
    size_t length = strlen(root);
    return !strncmp(path, root, length) && (path[length] == '/' || path[length] == 0);
}

static int synced(int descriptor)
{
    struct stat found;
    int before = errno, readable = descriptor, result = 0;
    if (fstat(descriptor, &found) != 0)
        return -1;
    if (is_below(descriptor) && (S_ISREG(found.st_mode) || S_ISDIR(found.st_mode))) {
        char link[64];
        snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
        /* What is open for writing alone cannot be read by its own descriptor. */
        if (S_ISREG(found.st_mode))
            readable = open(link, O_RDONLY | O_CLOEXEC);
        if (readable >= 0)
            result = keep(readable, S_ISDIR(found.st_mode));
        else if (found.st_nlink > 0)
            result = -1;
        if (readable >= 0 && readable != descriptor)
            close(readable);
    }
    if (result != 0)
        dprintf(2, "power: descriptor %d is not kept: %s\n", descriptor, strerror(errno));
    errno = result ? EIO : before;
    return result;
}

int fsync(int descriptor)
{
    return synced(descriptor);
}

int fdatasync(int descriptor)
{
    return synced(descriptor);
}

/* For who looks at what was kept: the name of an inode by its path. */
int power_name(const char *path, char *name)
{
    return name_of(AT_FDCWD, path, 0, name);
}

/* The environment given, with what makes the process started with it be watched, too. */
static char **watched(char *const given[], char **more)
{
    int count = 0;
    for (char *const *each = given; each && *each; each++) {
        int ours = 0;
        for (int i = 0; i < PASSED; i++) {
            size_t length = strlen(names[i]);
            ours |= !strncmp(*each, names[i], length) && (*each)[length] == '=';
        }
        if (!ours)
            more[count++] = *each;
    }
    for (int i = 0; i < PASSED; i++)
        if (passed[i][0])
            more[count++] = passed[i];
    more[count] = NULL;
    return more;
}

static size_t size_of(char *const given[])
{
    size_t count = 0;
    while (given && given[count])
        count++;
    return (count + PASSED + 1) * sizeof(char *);
}

int execve(const char *file, char *const arguments[], char *const environment[])
{
    return real_execve(file, arguments, watched(environment, alloca(size_of(environment))));
}

int execvp(const char *file, char *const arguments[])
{
    return real_execvpe(file, arguments, watched(environ, alloca(size_of(environ))));
}
