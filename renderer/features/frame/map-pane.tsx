import { useQuery } from '@tanstack/react-query';
import { type ComponentProps, useMemo } from 'react';
import type { Position } from '../../../preload/contract/geo.ts';
import type { MissionSummary } from '../../../preload/contract/missions.ts';
import type { MissionReview } from '../../../preload/contract/review.ts';
import type { Person } from '../../../preload/contract/session.ts';
import { OperationsMap } from '../../map/operations-map.tsx';
import { useStation } from '../../state/station.ts';
import { useSelected, useStore } from '../../state/store.ts';
import { missionOf } from '../../state/timeline.ts';
import { compassPoint, coordinates, distance, inWords, speed } from '../../ui/formatting.ts';
import { type IntakeState, shownCandidate } from '../dispatch/intake.ts';
import { useIntake } from '../dispatch/intake-context.ts';
import { useReview } from '../review/review-context.ts';
import { useMissionReview } from '../review/review-queries.ts';
import { PlanBanner } from '../vehicle/plan-banner.tsx';
import { placed } from '../vehicle/rally-draft.ts';
import { useRallyEdited } from '../vehicle/rally-edited.ts';
import { useTrafficOnMap } from '../vehicle/traffic-marks.ts';
import { TrafficPanel } from '../vehicle/traffic-panel.tsx';
import { useVehicleDesk } from '../vehicle/vehicle-desk.ts';
import { useVehiclePlanMarks } from '../vehicle/vehicle-plan.ts';
import { MissionsInFlight } from './missions-in-flight.tsx';
import './map-pane.css';

type Routes = ComponentProps<typeof OperationsMap>['routes'];

/** The one map of the page: it stays as it is when the workspace changes. */
export function MapPane({ person }: { person: Person }) {
  const station = useStation();
  const intake = useIntake();
  const review = useReview();
  const { workspace, selectedKey, focus } = useStore(station.view);
  const missions = useStore(station.missions);
  const zones = useStore(station.zones);
  const draft = useStore(intake.state);
  const reviewing = workspace === 'review';
  const reviewState = useStore(review.state);
  const { mission: reviewed } = useMissionReview(reviewing ? reviewState.missionId : null);
  const theme = useSelected(station.settings, (settings) => settings.theme);
  const ready = useSelected(station.session.state, (session) => session.readyEpoch !== null);
  const bases = useQuery({
    queryKey: ['baseStations', person.dispatcherId],
    queryFn: () => station.connection.client.fleet.baseStations(),
    enabled: ready,
    staleTime: Number.POSITIVE_INFINITY,
  });

  const units = useSelected(station.settings, (settings) => settings.units);

  const routes = useRoutes(draft, reviewed);
  const dispatching = workspace === 'dispatch';
  const vehicles = useVehicleDesk();
  const guided = useGuidedPlace();
  const planShown = useStore(vehicles.planShown);
  const vehiclePlan = useVehiclePlanMarks();
  const traffic = useTrafficOnMap();
  const showsPlace = reviewing && reviewState.part === 'figures';
  const pin = dispatching ? draft.position : showsPlace ? reviewState.place : (guided?.position ?? null);
  const onPick = usePickedPlace(person);
  const fitFlown = reviewing ? fitReviewed(reviewed) : fitMission(missions, selectedKey);
  return (
    <main className="map-pane" aria-label="Map">
      <OperationsMap
        baseStations={bases.data ?? NO_BASES}
        zones={zones}
        motion={station.motion}
        selectedKey={dispatching ? (shownCandidate(draft)?.droneId ?? null) : selectedKey}
        onSelect={(key) => {
          if (key === null) {
            station.view.select(null);
            vehicles.chooseAircraft(null);
          } else if (dispatching && intake.choose(key)) return;
          else station.view.show(key);
        }}
        routes={routes}
        pin={pin}
        traffic={traffic.marks}
        onSelectTraffic={vehicles.chooseAircraft}
        vehiclePlan={workspace === 'operate' ? vehiclePlan : null}
        fitVehiclePlan={planShown === null ? null : String(planShown)}
        {...(onPick !== undefined && { onPick })}
        focus={focus}
        fit={dispatching ? fitPlanned(draft) : fitFlown}
        units={units}
        theme={theme}
      />
      <div className="map-overlay">
        {dispatching && <RouteBanner draft={draft} />}
        {workspace === 'operate' && <MissionBanner />}
        {workspace === 'operate' && <PlanBanner />}
        <TrafficPanel aircraft={traffic.aircraft} />
        <MissionsInFlight exceptDroneId={workspace === 'operate' ? selectedKey : null} />
      </div>
    </main>
  );
}

const NO_BASES: never[] = [];

/** Where the selected drone should fly by hand, while that is being chosen in Operate. */
function useGuidedPlace() {
  const station = useStation();
  const place = useStore(useVehicleDesk().place);
  const operating = useSelected(station.view, (view) => view.workspace === 'operate');
  const systemId = useSelected(station.detail, (detail) => detail.detail?.vehicle?.systemId ?? null);
  return operating && place?.systemId === systemId ? place : null;
}

/** What a click on an empty place of the map, or Enter at its middle, is for; undefined: nothing. */
function usePickedPlace(person: Person): ((position: Position) => void) | undefined {
  const station = useStation();
  const intake = useIntake();
  const review = useReview();
  const vehicles = useVehicleDesk();
  const workspace = useSelected(station.view, (view) => view.workspace);
  const asksWhoIsNearest = useSelected(review.state, ({ part }) => part === 'figures');
  const guided = useGuidedPlace();
  const placeRally = useRallyPlacing();
  switch (workspace) {
    case 'dispatch':
      return person.permissions.includes('take_calls') ? intake.pick : undefined;
    case 'review':
      return asksWhoIsNearest ? review.pick : undefined;
    default:
      if (placeRally !== undefined || guided === null) return placeRally;
      return (position) => vehicles.choosePlace({ ...guided, position });
  }
}

/** What a click on the map does while a rally point is being placed. */
function useRallyPlacing(): ((position: Position) => void) | undefined {
  const station = useStation();
  const desk = useVehicleDesk();
  const draft = useStore(desk.rally);
  const shown = useRallyEdited() !== null;
  if (!shown || draft === null || draft.placing === null) return undefined;
  return (position) => desk.editRally(placed(draft, position, station.settings.get().units));
}

/** Every mission in flight, and what the workspace adds: the planned route, or the mission that is looked back at. */
function useRoutes(draft: IntakeState, reviewed: MissionReview | null): Routes {
  const station = useStation();
  const dispatching = useSelected(station.view, (view) => view.workspace === 'dispatch');
  const missions = useStore(station.missions);
  const { missionId, timeline } = useStore(station.timeline);
  const flown = timeline?.flownPath;
  return useMemo(() => {
    const flying = missions
      .filter((mission) => mission.phase !== 'OVER')
      .map((mission) => missionRoute(mission, mission.missionId === missionId ? flown : undefined));
    if (reviewed !== null)
      return [...flying.filter(({ id }) => id !== reviewed.missionId), reviewedRoute(reviewed)];
    const planned = dispatching ? plannedRoute(draft) : null;
    return planned === null ? flying : [...flying, planned];
  }, [missions, missionId, flown, dispatching, draft, reviewed]);
}

function fitMission(missions: readonly MissionSummary[], droneId: string | null) {
  const mission = missionOf(missions, droneId);
  return mission === null || mission.phase === 'OVER'
    ? null
    : { routeId: mission.missionId, key: mission.missionId };
}

function fitReviewed(mission: MissionReview | null) {
  return mission === null ? null : { routeId: mission.missionId, key: `review ${mission.missionId}` };
}

/** Once for each place and drone: a decision is renewed every two seconds. */
function fitPlanned(draft: IntakeState) {
  const candidate = shownCandidate(draft);
  if (draft.position === null || candidate === null || candidate.route === null) return null;
  return { routeId: 'planned', key: `${coordinates(draft.position)} ${candidate.droneId}` };
}

function missionRoute(mission: MissionSummary, flown: Routes[number]['flown'] = []): Routes[number] {
  const goingHome = mission.phase === 'RETURNING' || mission.phase === 'ABORTING';
  return {
    id: mission.missionId,
    planned: goingHome ? mission.returnRoute : mission.plannedRoute,
    flown,
    destination: mission.destination,
    label: mission.destinationAddress,
    emphasised: flown.length > 0,
  };
}

function reviewedRoute(mission: MissionReview): Routes[number] {
  return {
    id: mission.missionId,
    planned: mission.plannedRoute,
    flown: mission.flownPath,
    destination: mission.destination,
    label: mission.destinationAddress,
    emphasised: true,
  };
}

function plannedRoute(draft: IntakeState): Routes[number] | null {
  const route = shownCandidate(draft)?.route ?? null;
  if (route === null) return null;
  return {
    id: 'planned',
    planned: route.waypoints,
    flown: [],
    destination: null,
    label: null,
    emphasised: true,
  };
}

function MissionBanner() {
  const station = useStation();
  const selectedKey = useSelected(station.view, (view) => view.selectedKey);
  const mission = useSelected(station.missions, (missions) => missionOf(missions, selectedKey));
  const wind = useSelected(station.detail, (detail) => detail.detail?.vehicle?.wind ?? null);
  const { units } = useStore(station.settings);
  if (mission === null || mission.phase === 'OVER') return null;
  return (
    <p className="map-card">
      Mission {mission.missionId.slice(-4)} ·{' '}
      <b>{mission.destinationAddress ?? coordinates(mission.destination)}</b>
      {mission.clearanceM !== null && ` · clear of zones by ${inWords(distance(mission.clearanceM, units))}`}
      {wind !== null && (
        <span className="dim">
          {` · wind ${inWords(speed(wind.speedMps, units))} from ${compassPoint(wind.fromDeg)}`}
        </span>
      )}
    </p>
  );
}

function RouteBanner({ draft }: { draft: IntakeState }) {
  const { units } = useStore(useStation().settings);
  const route = shownCandidate(draft)?.route ?? null;
  const wind = draft.decision?.wind ?? null;
  if (draft.position === null) return <p className="map-card">Click the map where the patient is</p>;
  if (route === null) return null;
  return (
    <p className="map-card">
      Planned route · <b>{inWords(distance(route.lengthM, units))}</b>
      {route.clearanceM !== null && <b>, clear of zones by {inWords(distance(route.clearanceM, units))}</b>}
      {wind !== null && (
        <span className="dim">
          {` · wind ${inWords(speed(wind.speedMps, units))}`}
          {wind.fromDeg !== null && ` from ${compassPoint(wind.fromDeg)}`} ({wind.source})
        </span>
      )}
    </p>
  );
}
