//! Lists of records, page by page, by what they are found under.

use super::super::answer;
use super::super::input::{Asked, bad_query, limit, moment};
use super::super::list::text;
use super::super::{Caller, Problem};
use super::paging::{self, PageEnd};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use trackway_dialects::desk::{Principal, Trade};
use trackway_dialects::native::orders::{
    EntryTold, FulfilmentTold, InboundTold, OrderTold, ReportTold, ReturnTold, Told, named,
};
use trackway_hub::Hub;
use trackway_model::orders::{
    Facet, FulfilmentState, InboundState, InboundType, Kind, NameKind, OrderState, OrderType,
    PaymentStatus, RecordQuery, ReportType, ReturnReason, ReturnState, Sort, State,
};
use utoipa::{IntoParams, ToSchema};

/// Records on a page.
const USUAL: usize = 50;
const MOST: usize = 1_000;
/// The furthest place of a page.
const FURTHEST: u64 = 10_000_000;
/// Values of a filter that takes several.
const MOST_VALUES: usize = 30;

/// Filters; all that are given must hold.
#[derive(Clone, Debug, Default, Deserialize, Serialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct Filters {
    /// States by name, separated by commas.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// The shop, by id or code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shop: Option<String>,
    /// The pickup address or warehouse, by id or code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pickup: Option<String>,
    /// Of orders: payment statuses by name, separated by commas.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_status: Option<String>,
    /// `b2c` or `b2b` of orders; a type of inbounds; a reason of returns; `inbound` or `stock` of
    /// reports.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub r#type: Option<String>,
    /// The number of an order, the SKU of a product or an item, the number of a parcel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// Of fulfilments and returns: the order, by id or code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    /// The courier, by id or code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub courier: Option<String>,
    /// Of inbounds: the vendor, by id or code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vendor: Option<String>,
    /// Of reports: the inbound, by id or code, or the item, by id or SKU.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// Of reports: `true` for what was told last, `false` for the messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub standing: Option<String>,
    /// Made then or later: RFC 3339, or an age such as `10d`, `12h`, `30m`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_after: Option<String>,
    /// Made before this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_before: Option<String>,
    /// Changed last then or later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_after: Option<String>,
    /// Changed last before this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_before: Option<String>,
    /// How one of its names begins: a code, a number, a SKU, a title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keyword: Option<String>,
    /// `newest` where it is left out, `oldest`, `last_updated` or `longest_unchanged`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sort: Option<String>,
    /// Records on the page, 1 to 1,000; 50 where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(value_type = Option<u16>)]
    pub limit: Option<String>,
    /// Which page, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(value_type = Option<u32>)]
    pub page: Option<String>,
    /// Where the page before ended: its `next`. Pages that follow each other so leave no record out and
    /// give none twice, whatever is made meanwhile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

#[derive(Serialize)]
struct Page<'a> {
    records: Vec<Told<'a>>,
    #[serde(flatten)]
    end: PageEnd,
}

macro_rules! pages {
    ($($page:ident $name:ident of $told:ty),* $(,)?) => {$(
        /// A page of them.
        #[derive(Debug, ToSchema)]
        #[schema(as = $name)]
        #[expect(dead_code, reason = "documents what one shape of all pages holds")]
        pub struct $page {
            records: Vec<$told>,
            /// How many there are in all, over all pages.
            total: u64,
            /// Whether `total` is exact; otherwise it is an estimate.
            total_exact: bool,
            /// Which page it is; null where a cursor was followed.
            page: Option<u64>,
            /// The cursor of the next page; null on the last one.
            next: Option<String>,
        }
    )*};
}

pages! {
    OrderPage Orders of OrderTold<'static>,
    FulfilmentPage Fulfilments of FulfilmentTold<'static>,
    InboundPage Inbounds of InboundTold<'static>,
    ReturnPage Returns of ReturnTold<'static>,
    ReportPage Reports of ReportTold<'static>,
    EntryPage CatalogueEntries of EntryTold,
}

/// A page of a kind, as it is asked for.
pub async fn list(
    hub: &Hub,
    caller: &Caller,
    kind: Kind,
    path: &str,
    Asked(filters): Asked<Filters>,
) -> Result<Response, Problem> {
    let query = filters.query(hub, caller, kind, hub.clock().now()).await?;
    let (found, end) = paging::page(hub, caller, &filters, &query).await?;
    let link = end.next.clone().map(|next| filters.behind(next));
    let page = Page {
        records: found.records.iter().map(Told::of).collect(),
        end,
    };
    Ok(answer::page(&page, path, link.as_ref()))
}

impl Filters {
    /// The question that the filters ask of a kind.
    pub async fn query<T: Trade>(
        &self,
        desk: &T,
        principal: &Principal,
        kind: Kind,
        now: i64,
    ) -> Result<RecordQuery, Problem> {
        let mut query = RecordQuery::of(kind);
        let at = |name: &str, text: &Option<String>| moment(name, text.as_deref(), now);
        query.created = (
            at("created_after", &self.created_after)?,
            at("created_before", &self.created_before)?,
        );
        query.updated = (
            at("updated_after", &self.updated_after)?,
            at("updated_before", &self.updated_before)?,
        );
        self.values(&mut query, kind)?;
        for (name, given, facet, of) in [
            ("shop", &self.shop, Facet::Shop, Kind::Shop),
            (
                "pickup",
                &self.pickup,
                Facet::PickupAddress,
                Kind::PickupAddress,
            ),
            ("order", &self.order, Facet::Parent, Kind::Order),
            ("courier", &self.courier, Facet::Courier, Kind::Courier),
            ("vendor", &self.vendor, Facet::Vendor, Kind::Vendor),
        ] {
            let Some(text) = text(name, given.as_deref())? else {
                continue;
            };
            let id = named(desk, principal, of, &text).await?;
            let id = id.ok_or_else(|| bad_query(format!("There is no {name} `{text}`.")))?;
            query.facets.push((facet, vec![id.0]));
        }
        if let Some(about) = text("about", self.about.as_deref())? {
            let inbound = named(desk, principal, Kind::Inbound, &about).await?;
            let found = match inbound {
                None => named(desk, principal, Kind::Item, &about).await?,
                found => found,
            };
            let id = found.ok_or_else(|| bad_query(format!("There is no `{about}`.")))?;
            query.facets.push((Facet::Parent, vec![id.0]));
        }
        if let Some(number) = text("number", self.number.as_deref())? {
            let name = name_of(kind).ok_or_else(|| bad_query("These have no `number`."))?;
            query.named = Some((name, number));
        }
        query.keyword = text("keyword", self.keyword.as_deref())?;
        query.sort = match self.sort.as_deref() {
            None | Some("newest") => Sort::NewestFirst,
            Some("oldest") => Sort::OldestFirst,
            Some("last_updated") => Sort::LastUpdatedFirst,
            Some("longest_unchanged") => Sort::LongestUnchangedFirst,
            Some(_) => {
                let detail =
                    "`sort` must be `newest`, `oldest`, `last_updated` or `longest_unchanged`.";
                return Err(bad_query(detail));
            }
        };
        let length = limit(self.limit.as_deref(), USUAL, MOST)?;
        query.limit = length as u32;
        query.offset = self.offset(length as u64)?;
        query.after = paging::after(principal, self, kind)?;
        Ok(query)
    }

    fn offset(&self, length: u64) -> Result<u64, Problem> {
        let Some(text) = self.page.as_deref() else {
            return Ok(0);
        };
        let page = text.parse::<u64>().ok().filter(|page| *page >= 1);
        let offset = page.and_then(|page| (page - 1).checked_mul(length));
        offset
            .filter(|offset| *offset <= FURTHEST)
            .ok_or_else(|| bad_query("`page` must be a whole number from 1, and not that far."))
    }

    /// The filters whose values are known by name.
    fn values(&self, query: &mut RecordQuery, kind: Kind) -> Result<(), Problem> {
        let known = |name: &str, text: &Option<String>, of: &dyn Fn(&str) -> Option<i64>| {
            let Some(text) = text.as_deref() else {
                return Ok(None);
            };
            let values = text.split(',').take(MOST_VALUES).map(|value| {
                of(value.trim()).ok_or_else(|| {
                    let shown: String = value.chars().take(40).collect();
                    bad_query(format!("There is no {name} `{shown}`."))
                })
            });
            values.collect::<Result<Vec<i64>, Problem>>().map(Some)
        };
        let status = |text: &str| state_named(kind, text).map(i64::from);
        let paid = |text: &str| PaymentStatus::from_name(text).map(|it| i64::from(it.number()));
        let truth = |text: &str| text.parse().ok().map(|is: bool| i64::from(is));
        let of_type = |text: &str| type_named(kind, text).map(i64::from);
        for (facet, values) in [
            (Facet::Status, known("status", &self.status, &status)?),
            (
                Facet::PaymentStatus,
                known("payment_status", &self.payment_status, &paid)?,
            ),
            (Facet::Type, known("type", &self.r#type, &of_type)?),
            (Facet::Standing, known("standing", &self.standing, &truth)?),
        ] {
            if let Some(values) = values {
                query.facets.push((facet, values));
            }
        }
        Ok(())
    }

    /// The same question of the page behind a cursor.
    fn behind(&self, cursor: String) -> Self {
        Self {
            page: None,
            cursor: Some(cursor),
            ..self.clone()
        }
    }
}

/// The number of a kind's state; items are `unqualified` until a warehouse took them.
fn state_named(kind: Kind, text: &str) -> Option<u16> {
    fn of<S: State>(text: &str) -> Option<u16> {
        let mut states = S::ALL.iter().copied();
        let state = states.find(|state| state.name() == text)?;
        Some(state.number())
    }
    match kind {
        Kind::Order => of::<OrderState>(text),
        Kind::Fulfilment => of::<FulfilmentState>(text),
        Kind::Inbound => of::<InboundState>(text),
        Kind::Return => of::<ReturnState>(text),
        Kind::Item => ["unqualified", "qualified"]
            .iter()
            .position(|name| *name == text)
            .map(|at| at as u16 + 1),
        _ => None,
    }
}

fn type_named(kind: Kind, text: &str) -> Option<u8> {
    match kind {
        Kind::Order => OrderType::from_name(text).map(OrderType::number),
        Kind::Inbound => InboundType::from_name(text).map(InboundType::number),
        Kind::Return => ReturnReason::from_name(text).map(ReturnReason::number),
        Kind::Report => ReportType::from_name(text).map(ReportType::number),
        _ => None,
    }
}

/// What a kind's `number` is.
const fn name_of(kind: Kind) -> Option<NameKind> {
    match kind {
        Kind::Order => Some(NameKind::Number),
        Kind::Product | Kind::Item => Some(NameKind::Sku),
        Kind::Fulfilment | Kind::Return => Some(NameKind::Waybill),
        _ => None,
    }
}
