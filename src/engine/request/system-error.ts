/** Errors of the operating system in the words nginx has them from the C library. */
const sentences: Readonly<Record<string, string>> = {
  EPERM: '1: Operation not permitted',
  ENOENT: '2: No such file or directory',
  EIO: '5: Input/output error',
  ENXIO: '6: No such device or address',
  ENOMEM: '12: Cannot allocate memory',
  EACCES: '13: Permission denied',
  ENOTDIR: '20: Not a directory',
  EISDIR: '21: Is a directory',
  EINVAL: '22: Invalid argument',
  ENFILE: '23: Too many open files in system',
  EMFILE: '24: Too many open files',
  ENOSPC: '28: No space left on device',
  EROFS: '30: Read-only file system',
  EPIPE: '32: Broken pipe',
  ENAMETOOLONG: '36: File name too long',
  ELOOP: '40: Too many levels of symbolic links',
  EADDRINUSE: '98: Address already in use',
  EADDRNOTAVAIL: '99: Cannot assign requested address',
  ENETUNREACH: '101: Network is unreachable',
  ECONNRESET: '104: Connection reset by peer',
  ETIMEDOUT: '110: Connection timed out',
  ECONNREFUSED: '111: Connection refused',
  EHOSTUNREACH: '113: No route to host',
}

/** A system error as nginx prints it: `111: Connection refused`. */
export function systemError(error: NodeJS.ErrnoException): string {
  return sentences[error.code ?? ''] ?? error.message
}
