/**
 * Names that devices of other vendors have had in pci.ids (The PCI ID Project, 3-clause BSD; all versions from 2015 to 2026), with the device
 * ids that each stands for. Only names of devices that rules look at: host bridges, root ports, rows of ACS quirks.
 */
export const OTHER_NAMES: readonly (readonly [vendor: number, names: string])[] = [
  [
    0x1002,
    `
4383 SBx00 Azalia (Intel HDA)
4384 SBx00 PCI to PCI Bridge
4385 SBx00 SMBus Controller
4399 SB7x0/SB8x0/SB9x0 USB OHCI2 Controller
439c SB7x0/SB8x0/SB9x0 IDE Controller
439d SB7x0/SB8x0/SB9x0 LPC host controller
`,
  ],
  [
    0x10de,
    `
2f95 TB500 RP x16
2f95,2f96,2f97,2f98 Vera Rubin CPU
2f96 TB500 RP x8
2f97 TB500 RP x4
2f98 TB500 RP x2
`,
  ],
  [
    0x1014,
    `
03dc POWER8 Host Bridge (PHB3)
04c1 POWER9 Host Bridge (PHB4)
`,
  ],
  [
    0x1924,
    `
0903 SFC9120
0903 SFC9120 10G Ethernet Controller
0923 SFC9140
0923 SFC9140 10/40G Ethernet Controller
0a03 SFC9220
0a03 SFC9220 10/40G Ethernet Controller
`,
  ],
  [
    0x17cb,
    `
0111 SC8380XP PCIe Root Complex [Snapdragon X / X Plus / X Elite]
0120 SC8480XP PCIe Root Complex [Snapdragon X2]
0400 Datacenter Technologies QDF2432 PCI Express Root Port
0401 Datacenter Technologies QDF2400 PCI Express Root Port
`,
  ],
  [
    0x1dbf,
    `
0401 StarDragon4800 PCI Express Root Port
`,
  ],
  [
    0x10e8,
    `
e004 X-Gene PCIe bridge
`,
  ],
  [
    0x1def,
    `
e005 Skylark PCI Express Root Port 0 [X-Gene 3]
e005 Skylark PCI Express Root Port 0 [eMAG]
e005 eMAG PCI Express Root Port 0
e006 Skylark PCI Express Root Port 1 [X-Gene 3]
e006 Skylark PCI Express Root Port 1 [eMAG]
e006 eMAG PCI Express Root Port 1
e007 Skylark PCI Express Root Port 2 [X-Gene 3]
e007 Skylark PCI Express Root Port 2 [eMAG]
e007 eMAG PCI Express Root Port 2
e008 Skylark PCI Express Root Port 3 [X-Gene 3]
e008 Skylark PCI Express Root Port 3 [eMAG]
e008 eMAG PCI Express Root Port 3
e009 Skylark PCI Express Root Port 4 [X-Gene 3]
e009 Skylark PCI Express Root Port 4 [eMAG]
e009 eMAG PCI Express Root Port 4
e00a Skylark PCI Express Root Port 5 [X-Gene 3]
e00a Skylark PCI Express Root Port 5 [eMAG]
e00a eMAG PCI Express Root Port
e00a eMAG PCI Express Root Port 5
e00b Skylark PCI Express Root Port 6 [X-Gene 3]
e00b Skylark PCI Express Root Port 6 [eMAG]
e00b eMAG PCI Express Root Port 6
e00c Skylark PCI Express Root Port 7 [X-Gene 3]
e00c Skylark PCI Express Root Port 7 [eMAG]
e00c eMAG PCI Express Root Port 7
`,
  ],
  [
    0x14e4,
    `
16d7 BCM57414 NetXtreme-E 10Gb/25Gb RDMA Ethernet Controller
16d7 BCM57414 NetXtreme-E Dual-port 10Gb/25Gb RDMA Ethernet
1750 BCM57508 NetXtreme-E 10Gb/25Gb/40Gb/50Gb/100Gb/200Gb Ethernet
1751 BCM57504 NetXtreme-E 10Gb/25Gb/40Gb/50Gb/100Gb Ethernet
1751 BCM57504 NetXtreme-E 10Gb/25Gb/40Gb/50Gb/100Gb/200Gb Ethernet
1752 BCM57502 NetXtreme-E 10Gb/25Gb/40Gb/50Gb Ethernet
1760 BCM57608 10Gb/25Gb/50Gb/100Gb/200Gb/400Gb Ethernet
1760 BCM57608 25Gb/50Gb/100Gb/200Gb/400Gb Ethernet
1760 BCM57608 NetXtreme-E 10Gb/25Gb/50Gb/100Gb/200Gb/400Gb Ethernet
`,
  ],
  [
    0x0014,
    `
3c09 Internal PCI to PCI Bridge [Loongson 3 Processor Family]
3c19 PCI Express x16 Root Port [Loongson 3 Processor Family]
3c29 PCI Express x8 Root Port [Loongson 3 Processor Family]
7a09 2K1000 / 7A1000 Chipset PCIe x1 Bridge
7a09,7a19,7a29 PCI-to-PCI Bridge
7a29 7A1000 Chipset PCIe x8 Bridge
7a39 2K2000 / 7A2000 Chipset PCIe x1 Root Port
7a39 PCIe x1 Root Port
7a49 2K2000 / 7A2000 Chipset PCIe x4 Root Port
7a49 PCIe x4 Root Port
7a59 7A2000 Chipset PCIe x8 Root Port
7a59 PCIe x8 Root Port
7a69 7A2000 Chipset PCIe x16 Root Port
7a69 PCIe x16 Root Port
`,
  ],
  [
    0x1d17,
    `
0710,0711,0712,0713,0714,0715 ZX-100/ZX-200 PCI Express Root Port
0716,0717,0718,0719,071a,071b,071c,071d,071e ZX-D PCI Express Root Port
0717,0718,0719,071a,071b,071c,071d,071e KX-5000/KX-6000/KX-6000G Express Root Port
0717,0718,0719,071a,071b,071c,071d,071e KX-5000/KX-6000/KX-6000G/KH-40000 Express Root Port
0717,0718,0719,071b,071c,071d,071e KX-5000/KX-6000/KX-6000G/KH-40000/KX-7000 PCI Express Root Port
0717,0718,0719,071b,071c,071d,071e KX-5000/KX-6000/KX-6000G/KH-40000/KX-7000/KH-50000 PCI Express Root Port
0717,0718,0719,071a,071b,071c,071d,071e ZX-D/ZX-E PCI Express Root Port
071a,071d KX-5000/KX-6000/KX-6000G/KH-40000 PCI Express Root Port
0721 ZX-200 Downstream Port of PCI Express Switch
0731,0732 KH-40000 Express Root Port
0731 KH-40000 PCI Express Root Port
0732 KH-40000/KX-7000 PCI Express Root Port
0733,0734,0735,0736,0737,0738,0739,073a,073b KX-7000 PCIE Express Root Port
073c,073d,073e,073f,0740,0741,0742,0743,0744,0745,0746,0747,0748,0749,074a,074b,074c,074d,074e,074f,0750,0751,0752,0757,0758,0759,075a,075b,075c,075d,075e KH-50000 PCI Express Root Port
3038 ZX-100/ZX-200 Standard Universal PCI to USB Host Controller
3038 ZX-100/ZX-200/KX-6000/KX-6000G Standard Universal PCI to USB Host Controller
3038 ZX-100/ZX-200/KX-6000/KX-6000G/KH-40000 Standard Universal PCI to USB Host Controller
3038 ZX-100/ZX-200/KX-6000/KX-6000G/KH-40000/KX-7000 Standard Universal PCI to USB Host Controller
3038 ZX-100/ZX-200/KX-6000/KX-6000G/KH-40000/KX-7000/KH-50000 Standard Universal PCI to USB Host Controller
3038 ZX-100/ZX-200/ZX-E Standard Universal PCI to USB Host Controller
3104 ZX-100/ZX-200 Standard Enhanced PCI to USB Host Controller
3104 ZX-100/ZX-200/KX-6000/KX-6000G Standard Enhanced PCI to USB Host Controller
3104 ZX-100/ZX-200/KX-6000/KX-6000G/KH-40000 Standard Enhanced PCI to USB Host Controller
3104 ZX-100/ZX-200/KX-6000/KX-6000G/KH-40000/KX-7000 Standard Enhanced PCI to USB Host Controller
3104 ZX-100/ZX-200/KX-6000/KX-6000G/KH-40000/KX-7000/KH-50000 Standard Enhanced PCI to USB Host Controller
3104 ZX-100/ZX-200/ZX-E Standard Enhanced PCI to USB Host Controller
9083 ZX-100/ZX-200 StorX AHCI Controller
9083 ZX-100/ZX-200/KX-6000/KX-6000G StorX AHCI Controller
9083 ZX-100/ZX-200/KX-6000/KX-6000G/KH-40000 StorX AHCI Controller
9083 ZX-100/ZX-200/KX-6000/KX-6000G/KH-40000/KX-7000 StorX AHCI Controller
9083 ZX-100/ZX-200/KX-6000/KX-6000G/KH-40000/KX-7000/KH-50000 StorX AHCI Controller
9083 ZX-100/ZX-200/ZX-E StorX AHCI Controller
`,
  ],
  [
    0x177d,
    `
a001 THUNDERX MRML Bridge
a001 ThunderX MRML(Master RML Bridge to RSL devices)
a002 THUNDERX PCC Bridge
a008 THUNDERX SMMU
a009 THUNDERX Generic Interrupt Controller
a00a THUNDERX GPIO Controller
a00b THUNDERX MPI / SPI Controller
a00c THUNDERX MIO-PTP Controller
a00d THUNDERX MIX Network Controller
a00e THUNDERX Reset Controller
a00f THUNDERX UART Controller
a010 THUNDERX eMMC/SD Controller
a011 THUNDERX MIO-BOOT Controller
a012 THUNDERX TWSI / I2C Controller
a013 THUNDERX CCPI (Multi-node connect)
a014 THUNDERX Voltage Regulator Module
a015 THUNDERX PCIe Switch Logic Interface
a016 THUNDERX Key Memory
a017 THUNDERX GTI (Global System Timers)
a018 THUNDERX Random Number Generator
a019 THUNDERX DFA
a01a THUNDERX Zip Coprocessor
a01b THUNDERX xHCI USB Controller
a01c THUNDERX AHCI SATA Controller
a01d THUNDERX RAID Coprocessor
a01e THUNDERX Network Interface Controller
a01f THUNDERX Traffic Network Switch
a020 THUNDERX PEM (PCI Express Interface)
a021 THUNDERX L2C (Level-2 Cache Controller)
a022 THUNDERX LMC (DRAM Controller)
a023 THUNDERX OCLA (On-Chip Logic Analyzer)
a024 THUNDERX OSM
a025 THUNDERX GSER (General Serializer/Deserializer)
a026 THUNDERX BGX (Common Ethernet Interface)
a027 THUNDERX IOBN
a029 THUNDERX NCSI (Network Controller Sideband Interface)
a02a THUNDERX SGP
a02a ThunderX SGPIO (Serial GPIO controller for SATA disk lights)
a02b THUNDERX SMI / MDIO Controller
a02c THUNDERX DAP (Debug Access Port)
a02d THUNDERX PCIERC (PCIe Root Complex)
a02e THUNDERX L2C-TAD
a02e ThunderX L2C-TAD (Level 2 cache tag and data)
a02f THUNDERX L2C-CBC
a030 THUNDERX L2C-MCI
a031 THUNDERX MIO-FUS (Fuse Access Controller)
a032 THUNDERX FUSF (Fuse Controller)
a033 THUNDERX Random Number Generator virtual function
a034 THUNDERX Network Interface Controller virtual function
a035 THUNDERX Parallel Bus
a036 THUNDERX RAD virtual function
a036 ThunderX RAD (RAID acceleration engine) virtual function
a037 THUNDERX ZIP virtual function
a040 THUNDERX CPT Cryptographic Accelerator
a059 Octeon TX2 CGX (MAC)
a060 Octeon 10 RPM (MAC)
a061 Octeon Tx2 Loopback Interface (LBK)
a063 Octeon Tx2 RVU Physical Function
a064 Octeon Tx2 RVU Virtual Function
a065 Octeon Tx2 RVU Admin Function
a09e Octeon 10 PTP controller
a0f2 Octeon 10 CPT Cryptographic Accelerator, Physical function
a0f3 Octeon 10 CPT Cryptographic Accelerator, Virtual function
a0f6 Octeon Tx2 SDP Physical Function
a0f7 Octeon Tx2 SDP Virtual Function
a0f8 Octeon Tx2 Loopback Interface Virtual Function (LBKVF)
a0fd Octeon Tx2 CPT Cryptographic Accelerator, Physical function
a0fe Octeon Tx2 CPT Cryptographic Accelerator, Virtual function
a100 THUNDERX CN88XX 48 core SoC
a200 OCTEON TX CN81XX/CN80XX
a300 OCTEON TX CN83XX
af84 CN99xx [ThunderX2] Integrated PCI Express RP Bridge
`,
  ],
  [
    0x8088,
    `
0100 WX1860AL-W Gigabit Ethernet Controller
0101 WX1860A2 Gigabit Ethernet Controller
0102 WX1860A2S Gigabit Ethernet Controller
0103 WX1860 Gigabit Ethernet Controller
0103 WX1860A4 Gigabit Ethernet Controller
0104 WX1860A4S Gigabit Ethernet Controller
0105 WX1860AL2 Gigabit Ethernet Controller
0106 WX1860AL2S Gigabit Ethernet Controller
0107 WX1860AL4 Gigabit Ethernet Controller
0108 WX1860AL4S Gigabit Ethernet Controller
0109 WX1860-LC Gigabit Ethernet Controller
010a WX1860A1 Gigabit Ethernet Controller
010b WX1860AL1 Gigabit Ethernet Controller
1001 Ethernet Controller RP1000 for 10GbE SFP+
1001 Ethernet Controller SP1000A for 10GbE SFP+
2001 Ethernet Controller RP2000 for 10GbE SFP+
2001 Ethernet Controller WX1820AL for 10GbE SFP+
5025 Ethernet Controller WX5025 for 25GbE SFP28
5040 Ethernet Controller WX5040 for 40GbE QSFP+
5125 Ethernet Controller WX5025AL for 25GbE SFP28
5140 Ethernet Controller WX5040AL for 40GbE QSFP+
`,
  ],
  [
    0x19a2,
    `
0710 OneConnect 10Gb NIC (be3)
`,
  ],
  [
    0x10df,
    `
0720 OneConnect NIC (Skyhawk)
`,
  ],
  [
    0x111d,
    `
8090 89HPES16NT16G2 16-Lane 16-Port PCIe Gen2 System Interconnect Switch
`,
  ],
];
