/**
 * Names that devices of AMD have had in pci.ids (The PCI ID Project, 3-clause BSD; all versions from 2015 to 2026), with the device
 * ids that each stands for. Only names of devices that rules look at: host bridges, root ports, rows of ACS quirks.
 */
export const AMD_NAMES: string = `
1100 K8 [Athlon64/Opteron] HyperTransport Technology Configuration
1101 K8 [Athlon64/Opteron] Address Map
1102 K8 [Athlon64/Opteron] DRAM Controller
1103 K8 [Athlon64/Opteron] Miscellaneous Control
1110 Krackan Internal PCIe GPP Bridge 0 to Bus A
1111 Krackan Internal PCIe GPP Bridge 0 to Bus B
1112 Krackan Internal PCIe GPP Bridge 0 to Bus C
1122 Krackan Root Complex
1122 Krackan/Krackan2 Root Complex
1123 Krackan IOMMU
1123 Krackan/Krackan2 IOMMU
1124 Krackan/Krackan2 Dummy Host Bridge
1125 Krackan/Krackan2 PCIe USB4 Bridge
1126 Krackan/Krackan2 GPP Bridge
1130 Krackan2 Internal PCIe GPP Bridge 0 to Bus A
1131 Krackan2 Internal PCIe GPP Bridge 0 to Bus B
1132 Krackan2 Internal PCIe GPP Bridge 0 to Bus C
1148 Krackan2 Data Fabric; Function 0
1149 Krackan2 Data Fabric; Function 1
114a Krackan2 Data Fabric; Function 2
114b Krackan2 Data Fabric; Function 3
114c Krackan2 Data Fabric; Function 4
114d Krackan2 Data Fabric; Function 5
114e Krackan2 Data Fabric; Function 6
114f Krackan2 Data Fabric; Function 7
1200 Family 10h Processor HyperTransport Configuration
1201 Family 10h Processor Address Map
1202 Family 10h Processor DRAM Controller
1203 Family 10h Processor Miscellaneous Control
1204 Family 10h Processor Link Control
1248 Krackan Data Fabric; Function 0
1249 Krackan Data Fabric; Function 1
124a Krackan Data Fabric; Function 2
124b Krackan Data Fabric; Function 3
124c Krackan Data Fabric; Function 4
124d Krackan Data Fabric; Function 5
124e Krackan Data Fabric; Function 6
124f Krackan Data Fabric; Function 7
12b8 Strix Halo Data Fabric; Function 0
12b9 Strix Halo Data Fabric; Function 1
12ba Strix Halo Data Fabric; Function 2
12bb Strix Halo Data Fabric; Function 3
12bc Strix Halo Data Fabric; Function 4
12bd Strix Halo Data Fabric; Function 5
12be Strix Halo Data Fabric; Function 6
12bf Strix Halo Data Fabric; Function 7
12c0 Turin Data Fabric; Function 0
12c1 Turin Data Fabric; Function 1
12c2 Turin Data Fabric; Function 2
12c3 Turin Data Fabric; Function 3
12c4 Turin Data Fabric; Function 4
12c5 Turin Data Fabric; Function 5
12c6 Turin Data Fabric; Function 6
12c7 Turin Data Fabric; Function 7
12f8 Phoenix2 Data Fabric; Function 0
12f9 Phoenix2 Data Fabric; Function 1
12fa Phoenix2 Data Fabric; Function 2
12fb Phoenix2 Data Fabric; Function 3
12fc Phoenix2 Data Fabric; Function 4
12fd Phoenix2 Data Fabric; Function 5
12fe Phoenix2 Data Fabric; Function 6
12ff Phoenix2 Data Fabric; Function 7
1300 Family 11h Processor HyperTransport Configuration
1301 Family 11h Processor Address Map
1302 Family 11h Processor DRAM Controller
1303 Family 11h Processor Miscellaneous Control
1304 Family 11h Processor Link Control
13e0 Ariel Root Complex
13e1 Ariel IOMMU
13e2,13e4 Ariel PCIe Dummy Host Bridge
13e3 Ariel PCIe GPP Bridge
13e5 Ariel Internal PCIe GPP Bridge 0 to Bus A
13e6 Ariel Internal PCIe GPP Bridge 0 to Bus B
1400 Family 15h (Models 10h-1fh) Processor Function 0
1401 Family 15h (Models 10h-1fh) Processor Function 1
1402 Family 15h (Models 10h-1fh) Processor Function 2
1403 Family 15h (Models 10h-1fh) Processor Function 3
1404 Family 15h (Models 10h-1fh) Processor Function 4
1405 Family 15h (Models 10h-1fh) Processor Function 5
1410 Family 15h (Models 10h-1fh) Processor Root Complex
1412,1413,1414,1415,1416,1417,1418 Family 15h (Models 10h-1fh) Processor Root Port
141a Family 15h (Models 30h-3fh) Processor Function 0
141b Family 15h (Models 30h-3fh) Processor Function 1
141c Family 15h (Models 30h-3fh) Processor Function 2
141d Family 15h (Models 30h-3fh) Processor Function 3
141e Family 15h (Models 30h-3fh) Processor Function 4
141f Family 15h (Models 30h-3fh) Processor Function 5
1422 Family 15h (Models 30h-3fh) Processor Root Complex
1424,1426 Family 15h (Models 30h-3fh) Processor Root Port
1425 Kaveri P2P Bridge for GFX PCIe Port [1:0]
1440 Matisse Device 24: Function 0
1440 Matisse/Vermeer Data Fabric: Device 18h; Function 0
1441 Matisse Device 24: Function 1
1441 Matisse/Vermeer Data Fabric: Device 18h; Function 1
1442 Matisse Device 24: Function 2
1442 Matisse/Vermeer Data Fabric: Device 18h; Function 2
1443 Matisse Device 24: Function 3
1443 Matisse/Vermeer Data Fabric: Device 18h; Function 3
1444 Matisse Device 24: Function 4
1444 Matisse/Vermeer Data Fabric: Device 18h; Function 4
1445 Matisse Device 24: Function 5
1445 Matisse/Vermeer Data Fabric: Device 18h; Function 5
1446 Matisse Device 24: Function 6
1446 Matisse/Vermeer Data Fabric: Device 18h; Function 6
1447 Matisse Device 24: Function 7
1447 Matisse/Vermeer Data Fabric: Device 18h; Function 7
1450 Family 17h (Models 00h-0fh) Root Complex
1451 Family 17h (Models 00h-0fh) I/O Memory Management Unit
1452 Family 17h (Models 00h-0fh) PCIe Dummy Host Bridge
1452 Family 17h (Models 00h-1fh) PCIe Dummy Host Bridge
1453 Family 17h (Models 00h-0fh) PCIe GPP Bridge
1454 Family 17h (Models 00h-0fh) Internal PCIe GPP Bridge 0 to Bus B
1460 Family 17h (Models 00h-0fh) Data Fabric: Device 18h; Function 0
1461 Family 17h (Models 00h-0fh) Data Fabric: Device 18h; Function 1
1462 Family 17h (Models 00h-0fh) Data Fabric: Device 18h; Function 2
1463 Family 17h (Models 00h-0fh) Data Fabric: Device 18h; Function 3
1464 Family 17h (Models 00h-0fh) Data Fabric: Device 18h; Function 4
1465 Family 17h (Models 00h-0fh) Data Fabric: Device 18h; Function 5
1466 Family 17h (Models 00h-0fh) Data Fabric Device 18h Function 6
1466 Family 17h (Models 00h-0fh) Data Fabric: Device 18h; Function 6
1467 Family 17h (Models 00h-0fh) Data Fabric: Device 18h; Function 7
1480 Starship/Matisse Root Complex
1481 Starship/Matisse IOMMU
1482 Starship/Matisse PCIe Dummy Host Bridge
1483 Starship/Matisse GPP Bridge
1484 Starship/Matisse Internal PCIe GPP Bridge 0 to bus[E:B]
149a Starship PCIe GPP Bridge [1:0]
149e Genoa/Bergamo IOMMU
149f Genoa/Bergamo Dummy Host Bridge
14a4 Genoa/Bergamo Root Complex
14a5,14aa,14ab Genoa/Bergamo GPP Bridge
14a7 Genoa/Bergamo Internal PCIe GPP Bridge to Bus [D:B]
14ad Genoa/Bergamo Data Fabric; Function 0
14ae Genoa/Bergamo Data Fabric; Function 1
14af Genoa/Bergamo Data Fabric; Function 2
14b0 Genoa/Bergamo Data Fabric; Function 3
14b1 Genoa/Bergamo Data Fabric; Function 4
14b2 Genoa/Bergamo Data Fabric; Function 5
14b3 Genoa/Bergamo Data Fabric; Function 6
14b4 Genoa/Bergamo Data Fabric; Function 7
14b5 Family 17h-19h PCIe Root Complex
14b6 Family 17h-19h IOMMU
14b7 Family 17h-19h PCIe Dummy Host Bridge
14b8,14ba Family 17h-19h PCIe GPP Bridge
14b9 Family 17h-19h Internal PCIe GPP Bridge
14cd,14ef Family 19h USB4/Thunderbolt PCIe tunnel
14cd Rembrandt PCIe USB4 Bridge
14d8 Raphael/Granite Ridge Root Complex
14d9 Raphael/Granite Ridge IOMMU
14da Raphael/Granite Ridge Dummy Host Bridge
14db Raphael/Granite Ridge GPP Bridge
14dd Raphael/Granite Ridge Internal GPP Bridge to Bus [C:A]
14e0 Raphael/Granite Ridge Data Fabric; Function 0
14e1 Raphael/Granite Ridge Data Fabric; Function 1
14e2 Raphael/Granite Ridge Data Fabric; Function 2
14e3 Raphael/Granite Ridge Data Fabric; Function 3
14e4 Raphael/Granite Ridge Data Fabric; Function 4
14e5 Raphael/Granite Ridge Data Fabric; Function 5
14e6 Raphael/Granite Ridge Data Fabric; Function 6
14e7 Raphael/Granite Ridge Data Fabric; Function 7
14e8 Phoenix Root Complex
14e8 Phoenix/Phoenix2 Root Complex
14e9 Phoenix IOMMU
14e9 Phoenix/Phoenix2 IOMMU
14ea Phoenix Dummy Host Bridge
14ea Phoenix/Phoenix2 Dummy Host Bridge
14eb Phoenix Internal GPP Bridge to Bus [C:A]
14eb Phoenix/Phoenix2 Internal GPP Bridge to Bus [C:A]
14ed,14ee Phoenix GPP Bridge
14ee Phoenix/Phoenix2 GPP Bridge
14ef Phoenix/Phoenix2 PCIe USB4 Bridge
14f0 Phoenix Data Fabric; Function 0
14f1 Phoenix Data Fabric; Function 1
14f2 Phoenix Data Fabric; Function 2
14f3 Phoenix Data Fabric; Function 3
14f4 Phoenix Data Fabric; Function 4
14f5 Phoenix Data Fabric; Function 5
14f6 Phoenix Data Fabric; Function 6
14f7 Phoenix Data Fabric; Function 7
1507 Strix Root Complex
1507 Strix/Strix Halo Root Complex
1508 Strix IOMMU
1508 Strix/Strix Halo IOMMU
1509 Strix Dummy Host Bridge
1509 Strix/Strix Halo Dummy Host Bridge
150a Strix PCIe USB4 Bridge
150a Strix/Strix Halo PCIe USB4 Bridge
150b Strix GPP Bridge
150b Strix/Strix Halo GPP Bridge
150c Strix Internal GPP Bridge to Bus [C:A]
150c Strix/Strix Halo Internal GPP Bridge to Bus [C:A]
1510 Family 14h Processor Root Complex
1512,1513,1514,1515,1516 Family 14h Processor Root Port
1530,1538 Family 16h Processor Function 0
1531 Family 16h Processor Function 1
1532 Family 16h Processor Function 2
1533 Family 16h Processor Function 3
1534 Family 16h Processor Function 4
1535 Family 16h Processor Function 5
1536 Family 16h Processor Root Complex
153a Family 1Ah (Models 00h-0Fh) Root Complex
153a Turin Root Complex
153b Family 1Ah (Models 00h-0Fh) IOMMU
153b Turin IOMMU
153c Turin RCEC
153d Family 1Ah (Models 00h-0Fh) PCIe Dummy Host Bridge
153d Turin PCIe Dummy Host Bridge
153e,1554 Turin GPP Bridge
1555 Family 1Ah (Models 00h-0Fh) Internal PCIe GPP Bridge
1555 Turin Internal PCIe GPP Bridge to Bus [D:C]
1566 Family 16h (Models 30h-3fh) Processor Root Complex
156b Family 16h (Models 30h-3fh) Host Bridge
1570 Family 15h (Models 60h-6fh) Processor Function 0
1571 Family 15h (Models 60h-6fh) Processor Function 1
1572 Family 15h (Models 60h-6fh) Processor Function 2
1573 Family 15h (Models 60h-6fh) Processor Function 3
1574 Family 15h (Models 60h-6fh) Processor Function 4
1575 Family 15h (Models 60h-6fh) Processor Function 5
1576 Family 15h (Models 60h-6fh) Processor Root Complex
157b Family 15h (Models 60h-6fh) Host Bridge
157c Family 15h (Models 60h-6fh) Processor Root Port
157d Carrizo Audio Dummy Host Bridge
1580 Family 16h (Models 30h-3fh) Processor Function 0
1581 Family 16h (Models 30h-3fh) Processor Function 1
1582 Family 16h (Models 30h-3fh) Processor Function 2
1583 Family 16h (Models 30h-3fh) Processor Function 3
1584 Family 16h (Models 30h-3fh) Processor Function 4
1585 Family 16h (Models 30h-3fh) Processor Function 5
15b0 Stoney HT Configuration
15b1 Stoney Address Maps
15b2 Stoney DRAM Configuration
15b3 Stoney Miscellaneous Configuration
15b4 Stoney PM Configuration
15b5 Stoney NB Performance Monitor
15bc Stoney PCIe [GFX,GPP] Bridge [4:0]
15d0 Raven/Raven2 Root Complex
15d1 Raven/Raven2 IOMMU
15d2,15da Raven/Raven2 PCIe Dummy Host Bridge
15d3 Raven/Raven2 PCIe GPP Bridge [6:0]
15db Raven/Raven2 Internal PCIe GPP Bridge 0 to Bus A
15dc Raven/Raven2 Internal PCIe GPP Bridge 0 to Bus B
15e8 Raven/Raven2 Device 24: Function 0
15e9 Raven/Raven2 Device 24: Function 1
15ea Raven/Raven2 Device 24: Function 2
15eb Raven/Raven2 Device 24: Function 3
15ec Raven/Raven2 Device 24: Function 4
15ed Raven/Raven2 Device 24: Function 5
15ee Raven/Raven2 Device 24: Function 6
15ef Raven/Raven2 Device 24: Function 7
15f8 FireFlight Root Complex
15f9 FireFlight IOMMU
15fa,15fc FireFlight PCIe Dummy Host Bridge
15fb FireFlight PCIe GPP Bride 3:0
15fb FireFlight PCIe GPP Bridge [3:0]
15fd FireFlight Internal PCIe GPP Bridge 0 to Bus A
15fe FireFlight Internal PCIe GPP Bridge 0 to Bus B
1600 Family 15h Processor Function 0
1601 Family 15h Processor Function 1
1602 Family 15h Processor Function 2
1603 Family 15h Processor Function 3
1604 Family 15h Processor Function 4
1605 Family 15h Processor Function 5
1626 Arden Root Complex
1627 Arden IOMMU
1628 Arden PCIe Dummy Host Bridge
1629 Arden PCIe GPP Bridge
162a Arden Internal PCIe GPP Bridge 0 to bus X
1630 Renoir Root Complex
1630 Renoir/Cezanne Root Complex
1631 Renoir IOMMU
1631 Renoir/Cezanne IOMMU
1632 Renoir PCIe Dummy Host Bridge
1633,1634 Renoir PCIe GPP Bridge
1634 Renoir/Cezanne PCIe GPP Bridge
1635 Renoir Internal PCIe GPP Bridge to Bus
1645,1648 VanGogh Root Complex
1646 VanGogh IOMMU
1647 VanGogh PCIe GPP Bridge
1648 VanGogh Internal PCIe GPP Bridge to Bus
164f Milan IOMMU
1650 Milan Data Fabric; Function 0
1651 Milan Data Fabric; Function 1
1652 Milan Data Fabric; Function 2
1653 Milan Data Fabric; Function 3
1654 Milan Data Fabric; Function 4
1655 Milan Data Fabric; Function 5
1656 Milan Data Fabric; Function 6
1657 Milan Data Fabric; Function 7
1660 VanGogh Data Fabric; Function 0
1661 VanGogh Data Fabric; Function 1
1662 VanGogh Data Fabric; Function 2
1663 VanGogh Data Fabric; Function 3
1664 VanGogh Data Fabric; Function 4
1665 VanGogh Data Fabric; Function 5
1666 VanGogh Data Fabric; Function 6
1667 VanGogh Data Fabric; Function 7
1668 Pink Sardine USB4/Thunderbolt NHI controller #1
1669 Pink Sardine USB4/Thunderbolt NHI controller #2
166a Cezanne Data Fabric; Function 0
166b Cezanne Data Fabric; Function 1
166c Cezanne Data Fabric; Function 2
166d Cezanne Data Fabric; Function 3
166e Cezanne Data Fabric; Function 4
166f Cezanne Data Fabric; Function 5
1670 Cezanne Data Fabric; Function 6
1671 Cezanne Data Fabric; Function 7
1679 Rembrandt Data Fabric: Device 18h; Function 0
167a Rembrandt Data Fabric: Device 18h; Function 1
167b Rembrandt Data Fabric: Device 18h; Function 2
167c Rembrandt Data Fabric: Device 18h; Function 3
167d Rembrandt Data Fabric: Device 18h; Function 4
167e Rembrandt Data Fabric: Device 18h; Function 5
167f Rembrandt Data Fabric: Device 18h; Function 6
1680 Rembrandt Data Fabric: Device 18h; Function 7
16f8 Strix Data Fabric; Function 0
16f9 Strix Data Fabric; Function 1
16fa Strix Data Fabric; Function 2
16fb Strix Data Fabric; Function 3
16fc Strix Data Fabric; Function 4
16fd Strix Data Fabric; Function 5
16fe Strix Data Fabric; Function 6
16ff Strix Data Fabric; Function 7
1700 Family 12h/14h Processor Function 0
1701 Family 12h/14h Processor Function 1
1702 Family 12h/14h Processor Function 2
1703 Family 12h/14h Processor Function 3
1704 Family 12h/14h Processor Function 4
1705 Family 12h Processor Root Complex
1706 Llano P2P Bridge to external GPU
1707,1708,1709,170a,170b,170c,170d Family 12h Processor Root Port
7807,7809 FCH USB OHCI Controller
780f,790f FCH PCI Bridge
9600 RS780 Host Bridge
9601 RS880 Host Bridge
9602 RS780/RS880 PCI to PCI bridge (int gfx)
9603 RS780 PCI to PCI bridge (ext gfx port 0)
9604 RS780/RS880 PCI to PCI bridge (PCIE port 0)
9605 RS780/RS880 PCI to PCI bridge (PCIE port 1)
9606 RS780 PCI to PCI bridge (PCIE port 2)
9607 RS780/RS880 PCI to PCI bridge (PCIE port 3)
9608 RS780/RS880 PCI to PCI bridge (PCIE port 4)
9609 RS780/RS880 PCI to PCI bridge (PCIE port 5)
`;
