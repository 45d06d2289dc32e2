export {
  type DrmImport,
  drmGemPrimeImport,
  drmPrimeGemDestroy,
  drmValidate,
} from './drm-prime.ts';
