export {
  type DrmImport,
  drmGemPrimeImport,
  drmPrimeGemDestroy,
  drmPrimeSgToDmaAddrArray,
  drmValidate,
} from './drm-prime.ts';
