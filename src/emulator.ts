/**
 * callerid/emulator: an STS that really checks signatures, for tests.
 *
 * @module
 */
export {
  createStsEmulator,
  type StsCall,
  type StsEmulator,
  type StsEmulatorOptions,
} from './emulator/emulator.ts';
export type { PartitionName } from './emulator/endpoints.ts';
export type {
  CutFault,
  DelayFault,
  FailFault,
  Fault,
  GzipBombFault,
  NonsenseFault,
  OversizeFault,
  RedirectFault,
  ResetFault,
  StallBodyFault,
  StallFault,
  ThrottleFault,
} from './emulator/faults.ts';
export type {
  AssumedRolePrincipal,
  EmulatedKey,
  FederatedUserPrincipal,
  Principal,
  RootPrincipal,
  UserPrincipal,
} from './emulator/principals.ts';
