/** What hosts are compared by: single things that a machine, or a function of it, has. */

/**
 * A table of it as SQL, to stand behind WITH: `NAME (fingerprint, trait, bdf, value)`. `bdf` is empty where a thing is
 * of the machine. GPUs that rest count as awake.
 */
export function traitsSql(schema = 'main', name = 'traits'): string {
  return `
  ${name}_kinds AS (SELECT DISTINCT fingerprint, kernel, cmdline, cpu, iommu, iommu_in_use, domain_types FROM ${schema}.machines),
  ${name} AS (
    SELECT fingerprint, 'kernel' AS trait, '' AS bdf, kernel AS value FROM ${name}_kinds
    UNION ALL SELECT fingerprint, 'command line', '', coalesce(cmdline, 'not told') FROM ${name}_kinds
    UNION ALL SELECT fingerprint, 'processor', '', coalesce(cpu, 'not told') FROM ${name}_kinds
    UNION ALL SELECT fingerprint, 'IOMMU', '',
      coalesce(iommu, 'none or not told') || CASE iommu_in_use WHEN true THEN ', in use' WHEN false THEN ', not in use' ELSE '' END
        || coalesce(', ' || domain_types, '') FROM ${name}_kinds
    UNION ALL SELECT fingerprint, 'function', bdf, coalesce(vendor, '?') || ':' || coalesce(device, '?') || ' ' || kind FROM ${schema}.distinct_devices
    UNION ALL SELECT fingerprint, 'driver', bdf, coalesce(driver, 'none') FROM ${schema}.distinct_devices
    UNION ALL SELECT fingerprint, 'NUMA node', bdf, coalesce(CAST(numa_node AS VARCHAR), 'not told') FROM ${schema}.distinct_devices
    UNION ALL SELECT fingerprint, 'BAR sizes', bdf, coalesce(nullif(bars, ''), 'none') FROM ${schema}.distinct_devices
    UNION ALL SELECT fingerprint, 'ACS', bdf,
      CASE acs_state WHEN 'known' THEN 'control ' || coalesce(acs_control, 'not known in part') ELSE acs_state END
        || CASE WHEN redirects THEN ' (redirects)' ELSE '' END FROM ${schema}.distinct_devices
    UNION ALL SELECT fingerprint, 'link', bdf,
      coalesce(CAST(CASE WHEN resting THEN could_speed ELSE speed END AS VARCHAR), '?') || ' GT/s x' || coalesce(CAST(width AS VARCHAR), '?')
      FROM ${schema}.distinct_links
    UNION ALL SELECT fingerprint, 'IOMMU group', unnest(string_split(devices, ' ')), 'with ' || devices FROM ${schema}.distinct_groups)`;
}
