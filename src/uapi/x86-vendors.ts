/** Vendors of x86 host bridges, root ports and ISA bridges: Intel, AMD, Hygon, Zhaoxin. Their endpoints stand in any machine. */
export const X86_BRIDGE_VENDORS: ReadonlySet<number | undefined> = new Set([0x8086, 0x1022, 0x1d94, 0x1d17]);
