/**
 * Names that devices of Intel have had in pci.ids (The PCI ID Project, 3-clause BSD; all versions from 2015 to 2026), with the device
 * ids that each stands for. Only names of devices that rules look at: host bridges, root ports, rows of ACS quirks.
 */
export const INTEL_NAMES: string = `
09a2 Ice Lake Memory Map/VT-d
09a2 Xeon 6900 6700 6500 Series with P-Cores Processors VT-d
0b25 Data Streaming Accelerator (DSA)
0cfe In-Memory Analytics Accelerator (IAA)
105e,105f,1060,10a4 82571EB Gigabit Ethernet Controller
105e 82571EB/82571GB Gigabit Ethernet Controller D0/D1 (copper applications)
10a7 82575EB Gigabit Network Connection
10a9 82575EB Gigabit Backplane Connection
10c6,10e1,10f1 82598EB 10-Gigabit AF Dual Port Network Connection
10c9,10e6,10e7,10e8,1526 82576 Gigabit Network Connection
10d6,10e2 82575GB Gigabit Network Connection
10d9 82571EB Dual Port Gigabit Mezzanine Adapter
10db 82598EB 10-Gigabit Dual Port Network Connection
10dd,10ec 82598EB 10-Gigabit AT CX4 Network Connection
10f7 10 Gigabit BR KX4 Dual Port Network Connection
10f8 82599 10 Gigabit Dual Port Backplane Connection
10f9,10fb,10fc 82599 10 Gigabit Dual Port Network Connection
10fb 82599ES 10-Gigabit SFI/SFP+ Network Connection
1237 440FX - 82441FX PMC [Natoma]
1507 Ethernet Express Module X520-P2
1509,150e,1516 82580 Gigabit Network Connection
150a 82576NS Gigabit Network Connection
150d 82576 Gigabit Backplane Connection
150f,1527 82580 Gigabit Fiber Network Connection
1510 82580 Gigabit Backplane Connection
1511 82580 Gigabit SFP Connection
1514 Ethernet X520 10GbE Dual Port KX4 Mezz
1518 82576NS SerDes Gigabit Network Connection
151c 82599 10 Gigabit TN Network Connection
1521 I350 Gigabit Network Connection
1522 I350 Gigabit Fiber Network Connection
1523 I350 Gigabit Backplane Connection
1524 I350 Gigabit Connection
1529 82599 10 Gigabit Dual Port Network Connection with FCoE
152a 82599 10 Gigabit Dual Port Backplane Connection with FCoE
154d Ethernet 10G 2P X520 Adapter
1558 Ethernet Converged Network Adapter X520-Q1
15b7 Ethernet Connection (2) I219-LM
15b8 Ethernet Connection (2) I219-V
1c10 6 Series/C200 Series Chipset Family PCI Express Root Port 1
1c12 6 Series/C200 Series Chipset Family PCI Express Root Port 2
1c14 6 Series/C200 Series Chipset Family PCI Express Root Port 3
1c16 6 Series/C200 Series Chipset Family PCI Express Root Port 4
1c18 6 Series/C200 Series Chipset Family PCI Express Root Port 5
1c1a 6 Series/C200 Series Chipset Family PCI Express Root Port 6
1c1c 6 Series/C200 Series Chipset Family PCI Express Root Port 7
1c1e 6 Series/C200 Series Chipset Family PCI Express Root Port 8
1d10,1d11 C600/X79 series chipset PCI Express Root Port 1
1d12,1d13 C600/X79 series chipset PCI Express Root Port 2
1d14,1d15 C600/X79 series chipset PCI Express Root Port 3
1d16,1d17 C600/X79 series chipset PCI Express Root Port 4
1d18,1d19 C600/X79 series chipset PCI Express Root Port 5
1d1a,1d1b C600/X79 series chipset PCI Express Root Port 6
1d1c,1d1d C600/X79 series chipset PCI Express Root Port 7
1d1e,1d1f C600/X79 series chipset PCI Express Root Port 8
1e10 7 Series/C210 Series Chipset Family PCI Express Root Port 1
1e10 7 Series/C216 Chipset Family PCI Express Root Port 1
1e12 7 Series/C210 Series Chipset Family PCI Express Root Port 2
1e14 7 Series/C210 Series Chipset Family PCI Express Root Port 3
1e16 7 Series/C210 Series Chipset Family PCI Express Root Port 4
1e16 7 Series/C216 Chipset Family PCI Express Root Port 4
1e18 7 Series/C210 Series Chipset Family PCI Express Root Port 5
1e1a 7 Series/C210 Series Chipset Family PCI Express Root Port 6
1e1c 7 Series/C210 Series Chipset Family PCI Express Root Port 7
1e1e 7 Series/C210 Series Chipset Family PCI Express Root Port 8
2020 Sky Lake-E DMI3 Registers
2030 Sky Lake-E PCI Express Root Port 1A
2030 Sky Lake-E PCI Express Root Port A
2031 Sky Lake-E PCI Express Root Port 1B
2031 Sky Lake-E PCI Express Root Port B
2032 Sky Lake-E PCI Express Root Port 1C
2032 Sky Lake-E PCI Express Root Port C
2033 Sky Lake-E PCI Express Root Port 1D
2033 Sky Lake-E PCI Express Root Port D
29a0 82P965/G965 Memory Controller Hub
29c0 82G33/G31/P35/P31 Express DRAM Controller
2f00 Xeon E7 v3/Xeon E5 v3/Core i7 DMI2
2f01 Xeon E7 v3/Xeon E5 v3/Core i7 PCI Express Root Port 0
3420,3421 7500/5520/5500/X58 I/O Hub PCI Express Root Port 0
3b42 5 Series/3400 Series Chipset PCI Express Root Port 1
3b44 5 Series/3400 Series Chipset PCI Express Root Port 2
3b46 5 Series/3400 Series Chipset PCI Express Root Port 3
3b48 5 Series/3400 Series Chipset PCI Express Root Port 4
3b4a 5 Series/3400 Series Chipset PCI Express Root Port 5
3b4c 5 Series/3400 Series Chipset PCI Express Root Port 6
3b4e 5 Series/3400 Series Chipset PCI Express Root Port 7
3b50 5 Series/3400 Series Chipset PCI Express Root Port 8
3c00 Xeon E5/Core i7 DMI2
3c01 Xeon E5/Core i7 DMI2 in PCI Express Mode
4940,4942,4944 4xxx Series QAT
4942 401xx Series QAT
4944 402xx Series QAT
4946 420xx Series QAT
4948 6xxx Series QAT
5af0 Atom/Celeron/Pentium Processor N4200/N3350/E3900 Series Host Bridge
5af0 Celeron N3350/Pentium N4200/Atom E3900 Series Host Bridge
7190 440BX/ZX/DX - 82443BX/ZX/DX Host bridge
7192 440BX/ZX/DX - 82443BX/ZX/DX Host bridge (AGP disabled)
8c10,8c11 8 Series/C220 Series Chipset Family PCI Express Root Port #1
8c12,8c13 8 Series/C220 Series Chipset Family PCI Express Root Port #2
8c14,8c15 8 Series/C220 Series Chipset Family PCI Express Root Port #3
8c16,8c17 8 Series/C220 Series Chipset Family PCI Express Root Port #4
8c18,8c19 8 Series/C220 Series Chipset Family PCI Express Root Port #5
8c1a,8c1b 8 Series/C220 Series Chipset Family PCI Express Root Port #6
8c1c,8c1d 8 Series/C220 Series Chipset Family PCI Express Root Port #7
8c1e,8c1f 8 Series/C220 Series Chipset Family PCI Express Root Port #8
8c90 9 Series Chipset Family PCI Express Root Port 1
8c92 9 Series Chipset Family PCI Express Root Port 2
8c94 9 Series Chipset Family PCI Express Root Port 3
8c96 9 Series Chipset Family PCI Express Root Port 4
8c98 9 Series Chipset Family PCI Express Root Port 5
8c9a 9 Series Chipset Family PCI Express Root Port 6
8c9c 9 Series Chipset Family PCI Express Root Port 7
8c9e 9 Series Chipset Family PCI Express Root Port 8
8d10,8d11 C610/X99 series chipset PCI Express Root Port #1
8d12,8d13 C610/X99 series chipset PCI Express Root Port #2
8d14,8d15 C610/X99 series chipset PCI Express Root Port #3
8d16,8d17 C610/X99 series chipset PCI Express Root Port #4
8d18,8d19 C610/X99 series chipset PCI Express Root Port #5
8d1a,8d1b C610/X99 series chipset PCI Express Root Port #6
8d1c,8d1d C610/X99 series chipset PCI Express Root Port #7
8d1e,8d1f C610/X99 series chipset PCI Express Root Port #8
9c10,9c11 8 Series PCI Express Root Port 1
9c12,9c13 8 Series PCI Express Root Port 2
9c14,9c15 8 Series PCI Express Root Port 3
9c16,9c17 8 Series PCI Express Root Port 4
9c18,9c19 8 Series PCI Express Root Port 5
9c1a,9c1b 8 Series PCI Express Root Port 6
9c90 Wildcat Point-LP PCI Express Root Port #1
9c92 Wildcat Point-LP PCI Express Root Port #2
9c94 Wildcat Point-LP PCI Express Root Port #3
9c96 Wildcat Point-LP PCI Express Root Port #4
9c98 Wildcat Point-LP PCI Express Root Port #5
9c9a Wildcat Point-LP PCI Express Root Port #6
9d10 Sunrise Point-LP PCI Express Root Port #1
9d11 Sunrise Point-LP PCI Express Root Port #2
9d12 Sunrise Point-LP PCI Express Root Port #3
9d13 Sunrise Point-LP PCI Express Root Port #4
9d14 Sunrise Point-LP PCI Express Root Port #5
9d15 Sunrise Point-LP PCI Express Root Port #6
9d16 Sunrise Point-LP PCI Express Root Port #7
9d17 Sunrise Point-LP PCI Express Root Port #8
9d18 Sunrise Point-LP PCI Express Root Port #9
9d19 Sunrise Point-LP PCI Express Root Port #10
9d1a Sunrise Point-LP PCI Express Root Port #11
a110 100 Series/C230 Series Chipset Family PCI Express Root Port #1
a110 100/C230 Series Chipset Family PCIe Root Port #1
a110 Sunrise Point-H PCI Express Root Port #1
a111 100 Series/C230 Series Chipset Family PCI Express Root Port #2
a111 100/C230 Series Chipset Family PCIe Root Port #2
a111 Sunrise Point-H PCI Express Root Port #2
a112 100 Series/C230 Series Chipset Family PCI Express Root Port #3
a112 100/C230 Series Chipset Family PCIe Root Port #3
a112 Sunrise Point-H PCI Express Root Port #3
a113 100 Series/C230 Series Chipset Family PCI Express Root Port #4
a113 100/C230 Series Chipset Family PCIe Root Port #4
a113 Sunrise Point-H PCI Express Root Port #4
a114 100 Series/C230 Series Chipset Family PCI Express Root Port #5
a114 100/C230 Series Chipset Family PCIe Root Port #5
a114 Sunrise Point-H PCI Express Root Port #5
a115 100 Series/C230 Series Chipset Family PCI Express Root Port #6
a115 100/C230 Series Chipset Family PCIe Root Port #6
a115 Sunrise Point-H PCI Express Root Port #6
a116 100 Series/C230 Series Chipset Family PCI Express Root Port #7
a116 100/C230 Series Chipset Family PCIe Root Port #7
a116 Sunrise Point-H PCI Express Root Port #7
a117 100 Series/C230 Series Chipset Family PCI Express Root Port #8
a117 100/C230 Series Chipset Family PCIe Root Port #8
a117 Sunrise Point-H PCI Express Root Port #8
a118 100 Series/C230 Series Chipset Family PCI Express Root Port #9
a118 100/C230 Series Chipset Family PCIe Root Port #9
a118 Sunrise Point-H PCI Express Root Port #9
a119 100 Series/C230 Series Chipset Family PCI Express Root Port #10
a119 100/C230 Series Chipset Family PCIe Root Port #10
a119 Sunrise Point-H PCI Express Root Port #10
a11a 100 Series/C230 Series Chipset Family PCI Express Root Port #11
a11a 100/C230 Series Chipset Family PCIe Root Port #11
a11a Sunrise Point-H PCI Express Root Port #11
a11b 100 Series/C230 Series Chipset Family PCI Express Root Port #12
a11b 100/C230 Series Chipset Family PCIe Root Port #12
a11b Sunrise Point-H PCI Express Root Port #12
a11c 100 Series/C230 Series Chipset Family PCI Express Root Port #13
a11c 100/C230 Series Chipset Family PCIe Root Port #13
a11c Sunrise Point-H PCI Express Root Port #13
a11d 100 Series/C230 Series Chipset Family PCI Express Root Port #14
a11d 100/C230 Series Chipset Family PCIe Root Port #14
a11d Sunrise Point-H PCI Express Root Port #14
a11e 100 Series/C230 Series Chipset Family PCI Express Root Port #15
a11e 100/C230 Series Chipset Family PCIe Root Port #15
a11e Sunrise Point-H PCI Express Root Port #15
a11f 100 Series/C230 Series Chipset Family PCI Express Root Port #16
a11f 100/C230 Series Chipset Family PCIe Root Port #16
a11f Sunrise Point-H PCI Express Root Port #16
a167 100 Series/C230 Series Chipset Family PCI Express Root Port #17
a167 100/C230 Series Chipset Family PCIe Root Port #17
a167 Sunrise Point-H PCI Root Port #17
a168 100 Series/C230 Series Chipset Family PCI Express Root Port #18
a168 100/C230 Series Chipset Family PCIe Root Port #18
a168 Sunrise Point-H PCI Root Port #18
a169 100 Series/C230 Series Chipset Family PCI Express Root Port #19
a169 100/C230 Series Chipset Family PCIe Root Port #19
a169 Sunrise Point-H PCI Root Port #19
a16a 100 Series/C230 Series Chipset Family PCI Express Root Port #20
a16a 100/C230 Series Chipset Family PCIe Root Port #20
a16a Sunrise Point-H PCI Root Port #20
a290,a294 200 Series PCH PCI Express Root Port #1
a290 200 Series/Z370 Chipset Family PCIe Root Port #1
a291 200 Series PCH PCI Express Root Port #2
a291 200 Series/Z370 Chipset Family PCIe Root Port #2
a292 200 Series PCH PCI Express Root Port #3
a292 200 Series/Z370 Chipset Family PCIe Root Port #3
a293 200 Series PCH PCI Express Root Port #4
a293 200 Series/Z370 Chipset Family PCIe Root Port #4
a294 200 Series PCH PCI Express Root Port #5
a294 200 Series/Z370 Chipset Family PCIe Root Port #5
a295 200 Series PCH PCI Express Root Port #6
a295 200 Series/Z370 Chipset Family PCIe Root Port #6
a296 200 Series PCH PCI Express Root Port #7
a296 200 Series/Z370 Chipset Family PCIe Root Port #7
a297 200 Series PCH PCI Express Root Port #8
a297 200 Series/Z370 Chipset Family PCIe Root Port #8
a298 200 Series PCH PCI Express Root Port #9
a298 200 Series/Z370 Chipset Family PCIe Root Port #9
a299 200 Series PCH PCI Express Root Port #10
a299 200 Series/Z370 Chipset Family PCIe Root Port #10
a29a 200 Series PCH PCI Express Root Port #11
a29a 200 Series/Z370 Chipset Family PCIe Root Port #11
a29b 200 Series PCH PCI Express Root Port #12
a29b 200 Series/Z370 Chipset Family PCIe Root Port #12
a29c 200 Series PCH PCI Express Root Port #13
a29c 200 Series/Z370 Chipset Family PCIe Root Port #13
a29d 200 Series PCH PCI Express Root Port #14
a29d 200 Series/Z370 Chipset Family PCIe Root Port #14
a29e 200 Series PCH PCI Express Root Port #15
a29e 200 Series/Z370 Chipset Family PCIe Root Port #15
a29f 200 Series PCH PCI Express Root Port #16
a29f 200 Series/Z370 Chipset Family PCIe Root Port #16
a2e7 200 Series PCH PCI Express Root Port #17
a2e7 200 Series/Z370 Chipset Family PCIe Root Port #17
a2e8 200 Series PCH PCI Express Root Port #18
a2e8 200 Series/Z370 Chipset Family PCIe Root Port #18
a2e9 200 Series PCH PCI Express Root Port #19
a2e9 200 Series/Z370 Chipset Family PCIe Root Port #19
a2ea 200 Series PCH PCI Express Root Port #20
a2ea 200 Series/Z370 Chipset Family PCIe Root Port #20
a2eb 200 Series PCH PCI Express Root Port #21
a2eb 200 Series/Z370 Chipset Family PCIe Root Port #21
a2ec 200 Series PCH PCI Express Root Port #22
a2ec 200 Series/Z370 Chipset Family PCIe Root Port #22
a2ed 200 Series PCH PCI Express Root Port #23
a2ed 200 Series/Z370 Chipset Family PCIe Root Port #23
a2ee 200 Series PCH PCI Express Root Port #24
a2ee 200 Series/Z370 Chipset Family PCIe Root Port #24
`;
