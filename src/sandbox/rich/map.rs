//! What a map may be.

use super::block::Map;

/// A map that says nothing about itself. The documents give no defaults; these are within the limits.
pub(super) const ZOOM: i64 = 15;
pub(super) const WIDTH: i64 = 600;
pub(super) const HEIGHT: i64 = 400;

/// Largest sum of width and height, and how many times one may exceed the other.
const MAX_SUM: i64 = 10_000;
const MAX_RATIO: i64 = 20;
const MAX_ZOOM: i64 = 24;

pub(super) const PROPERTIES_INVALID: &str = "Invalid map properties specified";
pub(super) const LOCATION_INVALID: &str = "Invalid location specified";

/// Checks size, zoom and place.
pub(super) fn check(map: &Map) -> Result<(), String> {
    let (width, height) = (map.width, map.height);
    let is_sized = (1..=MAX_SUM).contains(&width)
        && (1..=MAX_SUM).contains(&height)
        && width + height <= MAX_SUM
        && width <= height * MAX_RATIO
        && height <= width * MAX_RATIO;
    if !is_sized || !(0..=MAX_ZOOM).contains(&map.zoom) {
        return Err(PROPERTIES_INVALID.into());
    }
    let within = |number: &serde_json::Number, most: f64| number.as_f64().is_some_and(|n| n.abs() <= most);
    if within(&map.location.latitude, 90.0) && within(&map.location.longitude, 180.0) {
        Ok(())
    } else {
        Err(LOCATION_INVALID.into())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Number;

    use super::super::block::{Location, Map};
    use super::{LOCATION_INVALID, PROPERTIES_INVALID, check};

    #[test]
    fn maps_have_limits() {
        for ((width, height, zoom, latitude), expected) in [
            ((600, 400, 15, 1.0), Ok(())),
            ((5000, 5000, 24, -90.0), Ok(())),
            ((5001, 5000, 0, 0.0), Err(PROPERTIES_INVALID)),
            ((2100, 100, 0, 0.0), Err(PROPERTIES_INVALID)),
            ((0, 100, 0, 0.0), Err(PROPERTIES_INVALID)),
            ((100, 100, 25, 0.0), Err(PROPERTIES_INVALID)),
            ((100, 100, 1, 91.0), Err(LOCATION_INVALID)),
        ] {
            let number = |n| Number::from_f64(n).unwrap();
            let location = Location { latitude: number(latitude), longitude: number(0.0) };
            let map = Map { location, zoom, width, height, caption: None };
            assert_eq!(check(&map), expected.map_err(str::to_owned), "{width}x{height} {zoom} {latitude}");
        }
    }
}
