//! Every call of N&H's index (nandh-oms.md §4) in one table: a path that turns out to be another one
//! is a change of one line. `{id}` takes a record's number or its code.

use http::Method;

/// Before every path.
pub const ROOT: &str = "/api/v1/public";

/// How much of a path is the vendor's own word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    Documented,
    /// The vendor's page ends within the path.
    Cut,
    /// The verb and the name are known, or less.
    Inferred,
}

/// What a call does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    PickupAddresses,
    BoxSizes,
    Vendors,
    Shops,
    Categories,
    Brands,
    Units,
    Options(&'static str),
    Upload,
    Download,
    CreateProduct,
    OfferItems,
    Products,
    Product,
    Items,
    Item,
    CreateItem,
    ItemsInWarehouse,
    PreviewServices,
    PreviewCouriers,
    CouriersOfOrder,
    ServicesOfCourier,
    CreateOrder,
    Orders,
    Order,
    CancelOrder,
    CreateShipmentAuto,
    CreateShipment,
    CancelShipment,
    Shipments,
    Shipment,
    ShipmentsOfOrder,
    ShipmentItems,
    CreateInbound,
    CancelInbound,
    Inbounds,
    Inbound,
    InboundItems,
    Returns,
    Return,
    CreateReturn,
    CancelReturn,
    ReturnItems,
    LinkedServices,
    Couriers,
    CourierLinks,
    Provinces,
    Districts,
    Wards,
}

/// One call.
#[derive(Clone, Debug)]
pub struct Route {
    /// Its row of the index; ours where it has none.
    pub item: &'static str,
    pub name: &'static str,
    pub method: Method,
    /// Behind `ROOT`.
    pub path: &'static str,
    pub source: Source,
    pub call: Call,
}

impl Route {
    /// The whole path.
    pub fn full(&self) -> String {
        format!("{ROOT}{}", self.path)
    }

    /// Whether it changes something: a key may be for reading only. Previews are asked with POST and
    /// change nothing.
    pub fn writes(&self) -> bool {
        self.method != Method::GET
            && !matches!(
                self.call,
                Call::PreviewServices
                    | Call::PreviewCouriers
                    | Call::CouriersOfOrder
                    | Call::ServicesOfCourier
            )
    }
}

use Source::{Cut, Documented, Inferred};

macro_rules! routes {
    ($($item:literal $name:literal $method:ident $path:literal $source:ident $call:expr;)*) => {
        &[$(Route {
            item: $item,
            name: $name,
            method: Method::$method,
            path: $path,
            source: $source,
            call: $call,
        }),*]
    };
}

/// The table.
pub static ROUTES: &[Route] = routes! {
    "C1" "List Pickup Address" GET "/users/pickup-address" Cut Call::PickupAddresses;
    "C2" "List Box Dimension" GET "/users/box-dimension" Cut Call::BoxSizes;
    "C3" "List vendor" GET "/vendors/list" Documented Call::Vendors;
    "C4" "List store" GET "/stores/list" Documented Call::Shops;
    "C5" "List category" GET "/products/categories" Inferred Call::Categories;
    "C6" "List brand" GET "/products/brands" Inferred Call::Brands;
    "C7" "List Outbound Strategy" GET "/products/inventory/outbound-strategies" Inferred Call::Options("outbound_strategy");
    "C8" "List Product Type" GET "/products/inventory/product-types" Inferred Call::Options("product_type");
    "C9" "List Material" GET "/products/inventory/materials" Inferred Call::Options("material");
    "C10" "List Storage Method" GET "/products/inventory/storage-methods" Inferred Call::Options("storage_method");
    "C11" "List Unit" GET "/products/inventory/units" Inferred Call::Units;
    "C12" "Upload File" POST "/files/upload" Inferred Call::Upload;
    "C12.url" "The address of an uploaded file" GET "/files/{id}/{name}" Inferred Call::Download;
    "P1" "Create Single Product" POST "/products/create" Cut Call::CreateProduct;
    "P2" "Create Product From Product Inventory" POST "/products/create-from-inventory" Inferred Call::OfferItems;
    "P3" "List product" GET "/products/list" Cut Call::Products;
    "P4" "Product detail" GET "/products/detail/{id}" Inferred Call::Product;
    "I1" "List product inventory" GET "/products/inventory/list" Documented Call::Items;
    "I2" "Product inventory detail" GET "/products/inventory/detail/{id}" Documented Call::Item;
    "I3" "Create single inventory product" POST "/products/inventory/create" Documented Call::CreateItem;
    "I4" "Get Product Inventory in Warehouse" GET "/products/inventory/warehouse" Inferred Call::ItemsInWarehouse;
    "S1" "Preview: List shipping service" POST "/couriers/preview/services" Inferred Call::PreviewServices;
    "S2" "Preview: List available courier" POST "/couriers/preview/available" Inferred Call::PreviewCouriers;
    "S3" "List available courier from order" POST "/couriers/available-from-order" Inferred Call::CouriersOfOrder;
    "S4" "List shipping service of courier" POST "/couriers/services" Inferred Call::ServicesOfCourier;
    "O1" "Create order B2C" POST "/orders/create" Documented Call::CreateOrder;
    "O2" "Create order B2B" POST "/orders/create" Documented Call::CreateOrder;
    "O3" "List order" GET "/orders/list" Inferred Call::Orders;
    "O4" "Order detail" GET "/orders/detail/{id}" Documented Call::Order;
    "O5" "Cancel order" PATCH "/orders/cancel/{id}" Inferred Call::CancelOrder;
    "H1" "Create shipment auto" POST "/shipments/create-auto" Inferred Call::CreateShipmentAuto;
    "H2" "Create shipment with item" POST "/shipments/create" Inferred Call::CreateShipment;
    "H3" "Cancel shipment" PATCH "/shipments/cancel/{id}" Inferred Call::CancelShipment;
    "H4" "List shipment" GET "/shipments/list" Cut Call::Shipments;
    "H5" "Shipment detail" GET "/shipments/detail/{id}" Documented Call::Shipment;
    "H6" "List shipment of order" GET "/shipments/list-shipment-of-order" Documented Call::ShipmentsOfOrder;
    "H7" "Shipment item" GET "/shipments/detail/{id}/items" Inferred Call::ShipmentItems;
    "N1" "Create shipment inbound" POST "/shipments/inbound/create" Inferred Call::CreateInbound;
    "N2" "Cancel shipment inbound" PATCH "/shipments/inbound/cancel/{id}" Inferred Call::CancelInbound;
    "N3" "List shipment inbound" GET "/shipments/inbound/list" Inferred Call::Inbounds;
    "N4" "Shipment inbound detail" GET "/shipments/inbound/detail/{id}" Documented Call::Inbound;
    "N5" "Shipment inbound items" GET "/shipments/inbound/detail/{id}/items" Documented Call::InboundItems;
    "N6" "List additional services" GET "/shipments/inbound/additional-services" Inferred Call::Options("inbound_service");
    "R1" "List return order" GET "/return-orders/list" Inferred Call::Returns;
    "R2" "Return order detail" GET "/return-orders/detail/{id}" Inferred Call::Return;
    "R3" "Create return order" POST "/return-orders/create" Documented Call::CreateReturn;
    "R4" "Cancel Return Order" PATCH "/return-orders/cancel/{id}" Inferred Call::CancelReturn;
    "R5" "Return order item" GET "/return-orders/detail/{id}/items" Inferred Call::ReturnItems;
    "K1" "List courier service integrated" GET "/couriers/service-integrated/list" Inferred Call::LinkedServices;
    "K2" "List courier operate" GET "/couriers/operate/list" Inferred Call::Couriers;
    "K3" "List courier integrated" GET "/couriers/integrated/list" Inferred Call::CourierLinks;
    "A1" "Province" GET "/address/provinces" Inferred Call::Provinces;
    "A2" "District" GET "/address/districts" Inferred Call::Districts;
    "A3" "Ward" GET "/address/wards" Inferred Call::Wards;
};

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_row_of_the_index_is_there_once() {
        let items: BTreeSet<&str> = ROUTES.iter().map(|route| route.item).collect();
        assert_eq!(items.len(), ROUTES.len());
        let index = [
            ("C", 12),
            ("P", 4),
            ("I", 4),
            ("S", 4),
            ("O", 5),
            ("H", 7),
            ("N", 6),
            ("R", 5),
            ("K", 3),
            ("A", 3),
        ];
        for (letter, count) in index {
            for number in 1..=count {
                let item = format!("{letter}{number}");
                assert!(items.contains(item.as_str()), "{item}");
            }
        }
    }

    #[test]
    fn a_path_and_method_has_one_call() {
        for route in ROUTES {
            let same = |other: &&Route| (other.path, &other.method) == (route.path, &route.method);
            let calls: Vec<Call> = ROUTES.iter().filter(same).map(|other| other.call).collect();
            assert!(
                calls.iter().all(|call| *call == route.call),
                "{}",
                route.item
            );
        }
    }
}
