/**
 * Names that vendors have had in pci.ids (The PCI ID Project, 3-clause BSD; all versions from 2015 to 2026), with the id
 * each stands for: vendors of host bridges, processors, GPUs, adapters, drives and switches. No name that two share.
 */
export const VENDOR_NAMES: string = `
0014 Loongson Technology LLC
0e8d MediaTek Inc. (Wrong ID)
1000 Broadcom / LSI
1000 LSI Logic / Symbios Logic
1002 ATI Technologies Inc
1002 Advanced Micro Devices [AMD] nee ATI
1002 Advanced Micro Devices, Inc. [AMD/ATI]
1014 IBM
1022 Advanced Micro Devices [AMD]
1022 Advanced Micro Devices, Inc. [AMD]
1025 Acer Incorporated [ALI]
1028 Dell
102b Matrox Electronics Systems Ltd.
1039 Silicon Integrated Systems [SiS]
104c Texas Instruments
106b Apple Inc.
1077 QLogic Corp.
108e Oracle/SUN
10b5 PLX Technology, Inc.
10de NVIDIA Corporation
10de nVidia Corporation
10e8 Applied Micro Circuits Corp.
10ec Realtek Semiconductor Co., Ltd.
10ee Xilinx Corporation
1106 VIA Technologies, Inc.
111d Integrated Device Technology, Inc. [IDT]
111d Microsemi / PMC / IDT
1137 Cisco Systems Inc
1179 Toshiba America Info Systems
1179 Toshiba Corporation
11f8 Microchip Technology
11f8 PMC-Sierra Inc.
126f Silicon Motion, Inc.
12d8 Pericom Semiconductor
1344 Micron Technology Inc
13b5 ARM
1414 Microsoft Corporation
1425 Chelsio Communications Inc
144d Samsung Electronics Co Ltd
14c3 MEDIATEK Corp.
14e4 Broadcom Inc. and subsidiaries
14e4 Broadcom Limited
1556 PLDA
15b3 Mellanox Technologies
15b7 Sandisk Corp
16c3 Synopsys, Inc.
177d Cavium, Inc.
17cb Airgo Networks, Inc.
17cb Qualcomm
17cb Qualcomm Technologies, Inc
17cd Cadence Design Systems, Inc.
1912 Renesas Technology Corp.
1924 AMD Solarflare
1924 Solarflare Communications
1957 Freescale Semiconductor Inc
197b JMicron Technology Corp.
1987 Phison Electronics Corporation
19e5 Huawei Technologies Co., Ltd.
1a03 ASPEED Technology, Inc.
1ae0 Google, Inc.
1b21 ASMedia Technology Inc.
1b73 Fresco Logic
1bb1 Seagate Technology PLC
1c36 Annapurna Labs Ltd.
1c5c SK hynix
1cb8 Dawning Information Industry Co., Ltd.
1cc1 ADATA Technology Co., Ltd.
1d0f Amazon.com, Inc.
1d17 Zhaoxin
1d1d CNEX Labs
1d6a Aquantia Corp.
1d87 Fuzhou Rockchip Electronics Co., Ltd
1d87 Rockchip Electronics Co., Ltd
1d87 Rockchip Inc. RK3399 PCI Express Root Port
1d94 Chengdu Haiguang IC Design Co., Ltd.
1d94 Chengdu Higon IC Design Co.Ltd
1db7 Phytium Technology Co., Ltd.
1dbf Guizhou Huaxintong Semiconductor Technology Co., Ltd
1ded Alibaba (China) Co., Ltd.
1def Ampere Computing, LLC
1e0f KIOXIA Corporation
1e49 Yangtze Memory Technologies Co.,Ltd
1e60 Hailo Technologies Ltd.
1f1c Sophgo Technologies Inc.
201f SpacemiT
2646 Kingston Technologies
2646 Kingston Technology Company, Inc.
8086 Intel Corporation
8088 Beijing Wangxun Technology Co., Ltd.
c0a9 Micron/Crucial Technology
f15e SiFive, Inc.
`;
