/**
 * The words that kernels know behind `pci=`, `iommu=`, `intel_iommu=` and `amd_iommu=`, of all releases from 4.15 to 7.3
 * and all architectures. Documentation/admin-guide/kernel-parameters.txt. The kernel ignores others, with a line in its
 * log at most.
 */

/** Parameters with words that are known by how they begin. */
export type WordParameter = 'pci' | 'iommu' | 'intel_iommu' | 'amd_iommu';

const KNOWN: Readonly<Record<WordParameter, string>> = {
  pci:
    'off bios nobios conf1 conf2 noaer nodomains nommconf check_enable_amd_mmconf nomsi noioapicquirk ioapicreroute ' +
    'noioapicreroute biosirq rom norom nobar irqmask= pirqaddr= lastbus= assign-busses usepirqmask noacpi use_crs nocrs ' +
    'use_e820 no_e820 routeirq skip_isa_align noearly bfsort nobfsort resource_alignment= ecrc= hpiosize= hpmmiosize= ' +
    'hpmmioprefsize= hpmemsize= hpbussize= realloc pcie_bus_tune_off pcie_bus_safe pcie_bus_perf pcie_bus_peer2peer ' +
    'pcie_scan_all big_root_window noats noari notph earlydump cbiosize= cbmemsize= disable_acs_redir= config_acs= ' +
    'force_floating firmware debug compat nosort mmconf aer_clear_on_recovery_failure',
  iommu:
    'off force noforce biomerge panic nopanic merge nomerge forcesac allowdac nodac usedac soft pt nopt noagp noaperture ' +
    'memaper leak calgary fullflush nofullflush 0 1 2 3 4 5 6 7 8 9',
  intel_iommu: 'on off igfx_off forcedac strict sp_off ecs_off pasid28 sm_on sm_off tboot_noforce nobounce',
  amd_iommu:
    'off fullflush force_isolation force_enable pgtbl_v1 pgtbl_v2 irtcachedis nohugepages v2_pgsizes_only isolate share',
};

const WORDS = new Map(Object.entries(KNOWN).map(([name, words]) => [name, words.split(' ')]));

/** Is `word`, one of those between the commas behind `parameter=`, known to some kernel? */
export function isKnownWord(parameter: WordParameter, word: string): boolean {
  return word === '' || (WORDS.get(parameter)?.some((known) => word.startsWith(known)) ?? false);
}
