import { common, type MavLinkData, minimal } from 'node-mavlink';
import type { LocalFrame } from './local-frame.ts';
import { message, type ReceivedFrame } from './wire.ts';

/** MAV_COMP_ID_CAMERA and MAV_COMP_ID_ADSB. */
export const CAMERA_COMPONENT_ID = 100;
export const ADSB_COMPONENT_ID = 156;
/** As the firmware of SiK radios calls itself: "3" and "D". */
export const RADIO_SYSTEM_ID = 51;
export const RADIO_COMPONENT_ID = 68;

const REPORT_MS = 1_000;
const NAME_LENGTH = 32;
/** COORDS, ALTITUDE, HEADING, VELOCITY, CALLSIGN and VERTICAL_VELOCITY are valid. */
const VALID = 1 + 2 + 4 + 8 + 16 + 128;
const GEOMETRIC = 1;

/** A rescue helicopter that circles, and an airliner that passes high above. */
const TRAFFIC = [
  { icao: 0xa1b2c3, callsign: 'LIFE1', circleM: 2_500, altitudeAmslM: 250, speedMps: 55 },
  { icao: 0x4b1617, callsign: 'SWR52', circleM: 60_000, altitudeAmslM: 9_000, speedMps: 230 },
] as const;

interface Senders {
  readonly camera: (data: MavLinkData) => void;
  readonly receiver: (data: MavLinkData) => void;
  readonly radio: (data: MavLinkData) => void;
}

/** What else may be on a drone: a camera that says what it is when it is asked, an ADS-B receiver, and a radio modem. */
export class Peripherals {
  readonly #frame: LocalFrame;
  readonly #send: Senders;
  #nextReportMs = REPORT_MS;

  constructor(frame: LocalFrame, send: Senders) {
    this.#frame = frame;
    this.#send = send;
  }

  /** A command to the camera: it can say what it is, and nothing else. */
  receive(frame: ReceivedFrame): void {
    if (frame.messageId !== common.CommandLong.MSG_ID) return;
    const { command, _param1: messageId } = frame.decode(common.CommandLong);
    const asked = command === common.MavCmd.REQUEST_MESSAGE && messageId === common.CameraInformation.MSG_ID;
    this.#send.camera(
      message(common.CommandAck, {
        command,
        result: asked ? common.MavResult.ACCEPTED : common.MavResult.UNSUPPORTED,
        targetSystem: frame.systemId,
        targetComponent: frame.componentId,
      }),
    );
    if (asked) this.#send.camera(cameraInformation(this.#nextReportMs));
  }

  step(nowMs: number): void {
    if (nowMs < this.#nextReportMs) return;
    this.#nextReportMs += REPORT_MS;
    this.#send.camera(heartbeat(minimal.MavType.CAMERA));
    this.#send.receiver(heartbeat(minimal.MavType.ADSB));
    for (const aircraft of TRAFFIC) this.#send.receiver(this.#report(aircraft, nowMs));
    this.#send.radio(
      message(common.RadioStatus, { rssi: 190, remrssi: 184, txbuf: 98, noise: 48, remnoise: 52 }),
    );
  }

  #report(aircraft: (typeof TRAFFIC)[number], nowMs: number): MavLinkData {
    const { circleM, speedMps } = aircraft;
    const turnedRad = ((speedMps / circleM) * nowMs) / 1000;
    const headingDeg = ((turnedRad * 180) / Math.PI + 90) % 360;
    return message(common.AdsbVehicle, {
      ICAOAddress: aircraft.icao,
      lat: this.#frame.latitudeE7(circleM * Math.cos(turnedRad)),
      lon: this.#frame.longitudeE7(circleM * Math.sin(turnedRad)),
      altitude: aircraft.altitudeAmslM * 1000,
      altitudeType: GEOMETRIC,
      heading: Math.round(headingDeg * 100) % 36_000,
      horVelocity: speedMps * 100,
      verVelocity: 0,
      callsign: aircraft.callsign,
      flags: VALID as common.AdsbFlags,
      tslc: 0,
    });
  }
}

function heartbeat(type: minimal.MavType): MavLinkData {
  return message(minimal.Heartbeat, {
    type,
    autopilot: minimal.MavAutopilot.INVALID,
    systemStatus: minimal.MavState.ACTIVE,
    mavlinkVersion: 3,
  });
}

function cameraInformation(timeBootMs: number): MavLinkData {
  return message(common.CameraInformation, {
    timeBootMs,
    vendorName: nameBytes('SkyRescue'),
    modelName: nameBytes('Scene camera'),
    firmwareVersion: 0x02_01_01,
    focalLength: 4.4,
    resolutionH: 1_920,
    resolutionV: 1_080,
  });
}

function nameBytes(name: string): number[] {
  return [...Buffer.from(name.padEnd(NAME_LENGTH, '\0'), 'latin1')];
}
