/** Flags of open(2). include/uapi/asm-generic/fcntl.h. */
export const O_ACCMODE = 0x3;
export const O_RDWR = 0x2;
export const O_NONBLOCK = 0x800;
export const O_CLOEXEC = 0x8_0000;
