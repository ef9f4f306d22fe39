// What a document has to be. JSON has no enumerations: where a type asks for one, its values as texts will do.
import type { Dashboard } from '@grafana/schema';
import type * as barGauge from '@grafana/schema/dist/esm/raw/composable/bargauge/panelcfg/x/BarGaugePanelCfg_types.gen';
import type * as gauge from '@grafana/schema/dist/esm/raw/composable/gauge/panelcfg/x/GaugePanelCfg_types.gen';
import type * as stat from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import type * as stateTimeline from '@grafana/schema/dist/esm/raw/composable/statetimeline/panelcfg/x/StateTimelinePanelCfg_types.gen';
import type * as table from '@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen';
import type * as timeSeries from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';

type Plain<T> = T extends string
  ? `${T}`
  : T extends number | boolean
    ? T
    : T extends (infer U)[]
      ? Plain<U>[]
      : T extends object
        ? { [K in keyof T]: Plain<T[K]> }
        : T;

type Json = Plain<Dashboard>;
type Panel<Type, Options, Custom = undefined> = {
  type: Type;
  options: Plain<Options>;
  custom: Plain<Custom> | undefined;
};
type Panels =
  | Panel<'bargauge', barGauge.Options>
  | Panel<'gauge', gauge.Options>
  | Panel<'stat', stat.Options>
  | Panel<'state-timeline', stateTimeline.Options, stateTimeline.FieldConfig>
  | Panel<'table', table.Options>
  | Panel<'timeseries', timeSeries.Options, timeSeries.FieldConfig>;

// The documents follow.
